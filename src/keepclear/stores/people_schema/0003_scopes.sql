-- Tokens for programs that bring live positions in, and for those that read the counters of the node.

CREATE TABLE token_of_more_scopes (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    party TEXT NOT NULL,
    role TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('read desk', 'act', 'auditor', 'feed', 'operate')),
    made_at_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    revoked_at_us INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO token_of_more_scopes SELECT * FROM token;
DROP TABLE token;
ALTER TABLE token_of_more_scopes RENAME TO token;
