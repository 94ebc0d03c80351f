-- What a witness keeps of each log: its origin, the keys that it trusts for it, and what it last cosigned.
-- Sizes and roots, and nothing of what stands in the logs.

CREATE TABLE log (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE trusted_key (
    origin TEXT NOT NULL REFERENCES log (origin),
    vkey TEXT NOT NULL,
    PRIMARY KEY (origin, vkey)
) STRICT, WITHOUT ROWID;
