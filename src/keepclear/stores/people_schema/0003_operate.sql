-- A token may be for who runs the node: its counters, and no desk.
CREATE TABLE token_again (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    party TEXT NOT NULL,
    role TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('read desk', 'act', 'auditor', 'operate')),
    made_at_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    revoked_at_us INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO token_again SELECT * FROM token;

DROP TABLE token;

ALTER TABLE token_again RENAME TO token;
