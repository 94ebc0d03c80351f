-- Schema 3: from when on a log's reader holds its first `size` entries, by the reader's own cosignature.
-- The cosignature itself stands in the checkpoint's note; this is the part of it that views need at a start.

CREATE TABLE receipt (
    log       INTEGER NOT NULL,
    size      INTEGER NOT NULL,
    at_us     INTEGER NOT NULL,
    by_reader INTEGER NOT NULL CHECK (by_reader IN (0, 1)),
    PRIMARY KEY (log, size)
) STRICT, WITHOUT ROWID;
