-- What moves, where it was, what was refused of it: beside the record, with a time after which it is dropped.
-- Times are microseconds since 1970 UTC; what a source did not say is NULL, never zero.
CREATE TABLE thing (
    key INTEGER PRIMARY KEY,
    party TEXT NOT NULL,
    number INTEGER NOT NULL,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    callsign TEXT NOT NULL,
    whose TEXT,
    standing TEXT NOT NULL,
    invented INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    received_us INTEGER NOT NULL,
    lon REAL NOT NULL,
    lat REAL NOT NULL,
    accuracy_m REAL,
    height_m REAL,
    datum TEXT,
    height_accuracy_m REAL,
    speed_mps REAL,
    course_deg REAL,
    climb_mps REAL,
    UNIQUE (party, number),
    UNIQUE (party, source, id)
);
CREATE TABLE fix (
    thing INTEGER NOT NULL REFERENCES thing (key) ON DELETE CASCADE,
    at_us INTEGER NOT NULL,
    received_us INTEGER NOT NULL,
    lon REAL NOT NULL,
    lat REAL NOT NULL,
    accuracy_m REAL,
    height_m REAL,
    datum TEXT,
    height_accuracy_m REAL,
    speed_mps REAL,
    course_deg REAL,
    climb_mps REAL,
    PRIMARY KEY (thing, at_us)
) WITHOUT ROWID;
CREATE TABLE tie (
    party TEXT NOT NULL,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    since_us INTEGER NOT NULL,
    by_role TEXT NOT NULL,
    PRIMARY KEY (party, source, id)
) WITHOUT ROWID;
CREATE TABLE refused (
    party TEXT NOT NULL,
    source TEXT NOT NULL,
    rule TEXT NOT NULL,
    count INTEGER NOT NULL,
    last_us INTEGER NOT NULL,
    last_id TEXT NOT NULL,
    PRIMARY KEY (party, source, rule)
) WITHOUT ROWID;
CREATE TABLE kept (
    party TEXT NOT NULL,
    what TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (party, what)
) WITHOUT ROWID;
