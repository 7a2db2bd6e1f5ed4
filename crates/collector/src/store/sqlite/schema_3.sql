-- Definitions have a number, their times and who made them. A deleted one keeps its name for ever.
ALTER TABLE definition RENAME TO definition_2;

CREATE TABLE definition (
    id         INTEGER PRIMARY KEY,
    site       INTEGER NOT NULL REFERENCES site (id),
    name       TEXT NOT NULL,
    body       TEXT NOT NULL,             -- a Definition as JSON
    created_at INTEGER NOT NULL,
    created_by INTEGER,                   -- a token; NULL is somebody who was signed in
    updated_at INTEGER NOT NULL,
    updated_by INTEGER,
    deleted_at INTEGER,
    UNIQUE (site, name)
);

INSERT INTO definition (site, name, body, created_at, updated_at)
SELECT site, name, body, unixepoch() * 1000, unixepoch() * 1000 FROM definition_2 ORDER BY site, name;

DROP TABLE definition_2;

-- The name of a deleted definition's events is no event's name (it ends in `#` and the definition's number), so that
-- no query finds them. They are removed a few at a time, once it is too late to restore them.
ALTER TABLE name ADD COLUMN deleted_at INTEGER;

-- Contacts, companies, deals and tickets.
CREATE TABLE record (
    id         INTEGER PRIMARY KEY,
    site       INTEGER NOT NULL REFERENCES site (id),
    object     TEXT NOT NULL,             -- CONTACT, COMPANY, DEAL or TICKET
    key        TEXT,                      -- the object id that came from outside; NULL: it has one of ours
    email      TEXT,                      -- in lower case
    known_id   TEXT,                      -- the id that the site's pages gave
    is_known   INTEGER NOT NULL,          -- 0: only an address under which events wait for their contact
    properties TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);

CREATE UNIQUE INDEX record_by_key ON record (site, object, key) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX record_by_email ON record (site, object, email) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX record_by_known_id ON record (site, object, known_id) WHERE known_id IS NOT NULL;

-- Records by the values of their properties.
CREATE TABLE record_property (
    site   INTEGER NOT NULL REFERENCES site (id),
    object TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  TEXT NOT NULL,
    record INTEGER NOT NULL REFERENCES record (id),
    PRIMARY KEY (site, object, name, value, record)
) WITHOUT ROWID;

-- Whose history a visitor's events are, and who the visitor is now, if that is somebody else.
ALTER TABLE visitor ADD COLUMN contact INTEGER REFERENCES record (id);
ALTER TABLE visitor ADD COLUMN now INTEGER REFERENCES record (id);
CREATE INDEX visitor_by_contact ON visitor (contact) WHERE contact IS NOT NULL;

-- Whose an event is, unless it is its visitor's. Few events have one, so this index costs the others nothing.
ALTER TABLE event ADD COLUMN record INTEGER REFERENCES record (id);
CREATE INDEX event_by_record ON event (record) WHERE record IS NOT NULL;

INSERT INTO record (site, object, email, is_known, created_at, updated_at)
SELECT site, 'CONTACT', lower(trim(identity ->> '$.email')) AS address, 1, min(identified_at), max(identified_at)
FROM visitor WHERE json_type(identity, '$.email') = 'text' AND address LIKE '_%@_%' GROUP BY site, address;

UPDATE visitor SET contact = (
    SELECT r.id FROM record r
    WHERE r.site = visitor.site AND r.object = 'CONTACT' AND r.email = lower(trim(visitor.identity ->> '$.email'))
) WHERE identity IS NOT NULL;

-- Only addresses are worked in here. With a space behind it, what a visitor is known to have said is not what it says next,
-- so that id and properties follow then.
UPDATE visitor SET identity = identity || ' ' WHERE contact IS NOT NULL;

-- What servers prove themselves with. Only the SHA-256 of a token is kept.
CREATE TABLE token (
    id         INTEGER PRIMARY KEY,
    site       INTEGER NOT NULL REFERENCES site (id),
    key        TEXT NOT NULL UNIQUE,      -- the part that names it, which is no secret
    hash       BLOB NOT NULL,
    label      TEXT NOT NULL,
    scopes     TEXT NOT NULL,             -- as JSON
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
);
