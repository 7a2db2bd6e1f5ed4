-- Since when a definition fires as it does now: its trigger or its status last changed then. Of those that are there
-- already nobody knows.
ALTER TABLE definition ADD COLUMN armed_at INTEGER NOT NULL DEFAULT 0;
UPDATE definition SET armed_at = created_at;

-- What somebody made in the visualizer and nobody has published yet.
CREATE TABLE draft (
    site INTEGER NOT NULL REFERENCES site (id),
    name TEXT NOT NULL,
    body TEXT NOT NULL,             -- a Definition as JSON
    at   INTEGER NOT NULL,
    PRIMARY KEY (site, name)
) WITHOUT ROWID;

-- What became of definitions, and by whom.
CREATE TABLE change (
    id     INTEGER PRIMARY KEY,
    site   INTEGER NOT NULL REFERENCES site (id),
    name   TEXT NOT NULL,
    at     INTEGER NOT NULL,
    author TEXT NOT NULL,           -- a code, `token` with the token's number beside it
    token  INTEGER,
    before TEXT,                    -- a Definition as JSON; NULL: there was none
    after  TEXT                     -- NULL: it was deleted
);

CREATE INDEX change_by_name ON change (site, name);

-- Elements that were clicked and almost were the one that an event is about.
CREATE TABLE near_miss (
    site        INTEGER NOT NULL REFERENCES site (id),
    name        TEXT NOT NULL,
    observation TEXT NOT NULL,
    url         TEXT NOT NULL,      -- of the last one
    score       INTEGER NOT NULL,
    n           INTEGER NOT NULL,   -- how often it was told
    first_at    INTEGER NOT NULL,
    at          INTEGER NOT NULL,   -- when last
    PRIMARY KEY (site, name, observation)
) WITHOUT ROWID;

-- What the visualizer last saw of an event on a page.
CREATE TABLE finding (
    site  INTEGER NOT NULL REFERENCES site (id),
    name  TEXT NOT NULL,
    url   TEXT NOT NULL,
    found TEXT NOT NULL,            -- one, several, weak or none
    score INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    PRIMARY KEY (site, name, url)
) WITHOUT ROWID;
