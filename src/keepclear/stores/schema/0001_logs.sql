-- Schema 1: logs of entries, statement bytes once by hash, and what stands beside them.
-- Times are microseconds since 1970 UTC; digests and leaves are 32 raw bytes.

CREATE TABLE log (
    id      INTEGER PRIMARY KEY,
    author  TEXT NOT NULL,
    reader  TEXT NOT NULL,
    origin  TEXT NOT NULL UNIQUE,
    custody TEXT NOT NULL,
    UNIQUE (author, reader)
) STRICT;

-- The row id is the commit order; the digest is the only index, so one probe keeps bytes once.
CREATE TABLE statement (
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    bytes  BLOB NOT NULL
) STRICT;

-- `seq` is the commit order over all logs. It never leaves the node: a reader would learn from its gaps.
CREATE TABLE entry (
    seq            INTEGER PRIMARY KEY,
    log            INTEGER NOT NULL,
    idx            INTEGER NOT NULL,
    recorded_at_us INTEGER NOT NULL,
    received_at_us INTEGER NOT NULL,
    sees           INTEGER NOT NULL,
    digest         BLOB NOT NULL CHECK (length(digest) = 32),
    leaf           BLOB NOT NULL CHECK (length(leaf) = 32),
    UNIQUE (log, idx)
) STRICT;

CREATE TABLE checkpoint (
    log  INTEGER NOT NULL,
    size INTEGER NOT NULL,
    note BLOB NOT NULL,
    PRIMARY KEY (log, size)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    party     TEXT NOT NULL,
    key       TEXT NOT NULL,
    asked     BLOB NOT NULL,
    statement TEXT NOT NULL,
    PRIMARY KEY (party, key)
) STRICT, WITHOUT ROWID;

-- `pad` is one page of zeros. It pushes salt and body into overflow pages, which SQLite never moves: bytes
-- inside a tree page may leave a copy behind when pages are balanced, and secure_delete does not find it.
CREATE TABLE attachment (
    salted_hash TEXT NOT NULL UNIQUE,
    pad         BLOB NOT NULL,
    salt        BLOB NOT NULL,
    body        BLOB NOT NULL
) STRICT;
