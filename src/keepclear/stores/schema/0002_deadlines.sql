-- Schema 2: what falls due and what waits to be sent. Both follow from the parties' own logs and change in
-- the same transaction as the statements that move them; `attempts` alone stands in no log.

CREATE TABLE deadline (
    party  TEXT NOT NULL,
    alarm  TEXT NOT NULL,
    text   TEXT NOT NULL,
    what   TEXT NOT NULL,
    number INTEGER NOT NULL,
    due_us INTEGER NOT NULL,
    PRIMARY KEY (party, alarm)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    key      TEXT NOT NULL UNIQUE,
    party    TEXT NOT NULL,
    alarm    TEXT NOT NULL,
    step     TEXT NOT NULL,
    place    INTEGER NOT NULL,
    attempts INTEGER NOT NULL
) STRICT;
