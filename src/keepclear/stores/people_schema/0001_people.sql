-- Who may call: persons, their passkeys and sessions, and tokens for programs. No part of the record, and
-- everything of a person can be erased. Secrets stand here as SHA-256 only; each has 100 bits or more.

CREATE TABLE person (
    id TEXT PRIMARY KEY,
    handle BLOB NOT NULL UNIQUE,
    party TEXT NOT NULL,
    name TEXT NOT NULL,
    added_at_us INTEGER NOT NULL,
    UNIQUE (party, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE appointment (
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    PRIMARY KEY (person, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE code (
    hash BLOB PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('enrolment', 'recovery')),
    until_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE passkey (
    id BLOB PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    public_key BLOB NOT NULL,
    sign_count INTEGER NOT NULL,
    rp_id TEXT NOT NULL,
    made_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    hash BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    person TEXT NOT NULL,
    role TEXT NOT NULL,
    began_at_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    address TEXT NOT NULL,
    -- A role that is taken away ends the sessions in which it is held.
    FOREIGN KEY (person, role) REFERENCES appointment (person, role) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX session_of_person ON session (person);

CREATE TABLE token (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    party TEXT NOT NULL,
    role TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('read desk', 'act', 'auditor')),
    made_at_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    revoked_at_us INTEGER
) STRICT, WITHOUT ROWID;
