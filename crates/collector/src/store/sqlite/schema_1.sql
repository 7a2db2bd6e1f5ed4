CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE site (
    id   INTEGER PRIMARY KEY,
    key  TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL              -- a Site as JSON
);

CREATE TABLE definition (
    site INTEGER NOT NULL REFERENCES site (id),
    name TEXT NOT NULL,
    body TEXT NOT NULL,             -- a Definition as JSON
    PRIMARY KEY (site, name)
) WITHOUT ROWID;

CREATE TABLE name (
    id               INTEGER PRIMARY KEY,
    site             INTEGER NOT NULL REFERENCES site (id),
    name             TEXT NOT NULL,
    last_received_at INTEGER NOT NULL,
    UNIQUE (site, name)
);

CREATE TABLE visitor (
    id       INTEGER PRIMARY KEY,
    site     INTEGER NOT NULL REFERENCES site (id),
    key      TEXT NOT NULL,
    identity TEXT,                  -- the latest, as JSON
    identified_at INTEGER,
    UNIQUE (site, key)
);

CREATE TABLE session (
    id         INTEGER PRIMARY KEY,
    site       INTEGER NOT NULL REFERENCES site (id),
    key        TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    UNIQUE (site, key)
);

CREATE TABLE tab (
    id               INTEGER PRIMARY KEY,
    site             INTEGER NOT NULL REFERENCES site (id),
    key              TEXT NOT NULL,
    visitor          INTEGER REFERENCES visitor (id),
    last_received_at INTEGER NOT NULL,
    UNIQUE (site, key)
);

CREATE TABLE loss (
    tab    INTEGER NOT NULL REFERENCES tab (id),
    reason TEXT NOT NULL,
    n      INTEGER NOT NULL,        -- a total since the tab was opened: the highest reported counts
    PRIMARY KEY (tab, reason)
) WITHOUT ROWID;

CREATE TABLE page (
    id       INTEGER PRIMARY KEY,
    hash     BLOB NOT NULL UNIQUE,
    url      TEXT NOT NULL,
    title    TEXT NOT NULL,
    referrer TEXT NOT NULL
);

CREATE TABLE context (
    id   INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    body TEXT NOT NULL              -- default properties as JSON
);

CREATE TABLE event (
    id          INTEGER PRIMARY KEY,
    uuid        BLOB NOT NULL UNIQUE,
    site        INTEGER NOT NULL REFERENCES site (id),
    name        INTEGER NOT NULL REFERENCES name (id),
    at          INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    visitor     INTEGER REFERENCES visitor (id),
    session     INTEGER REFERENCES session (id),
    tab         INTEGER NOT NULL REFERENCES tab (id),
    seq         INTEGER NOT NULL,
    page        INTEGER REFERENCES page (id),
    context     INTEGER NOT NULL REFERENCES context (id),
    element     TEXT,               -- as JSON
    properties  TEXT NOT NULL,      -- as JSON
    adjusted    TEXT                -- as JSON; NULL when nothing was
);

-- A site has few names, so this grows at a few right edges that stay in memory.
CREATE INDEX event_by_name ON event (name);

CREATE TABLE rollup_day (
    site INTEGER NOT NULL REFERENCES site (id),
    name INTEGER NOT NULL REFERENCES name (id),
    day  INTEGER NOT NULL,          -- days since 1970, UTC
    n    INTEGER NOT NULL,
    PRIMARY KEY (site, name, day)
) WITHOUT ROWID;
