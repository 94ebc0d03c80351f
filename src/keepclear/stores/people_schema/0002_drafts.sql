-- What a person writes and has shown to nobody yet. No part of the record; it goes when its writer is erased.

CREATE TABLE draft (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    act BLOB NOT NULL,
    saved_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX draft_of_person ON draft (person);
