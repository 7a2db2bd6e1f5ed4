-- The views of a site's pages by their origin. Anybody may send views of any address: whoever asks for the pages of some origins
-- need not walk through the views of all others, however many they are.
CREATE TABLE origin (
    id     INTEGER PRIMARY KEY,
    site   INTEGER NOT NULL REFERENCES site (id),
    origin TEXT NOT NULL,
    UNIQUE (site, origin)
);

-- A site has few origins, so this grows at a few right edges that stay in memory. Where strangers make origins up, each view of
-- theirs costs one more row in "origin" and its index, within what the rate limit lets them send.
CREATE TABLE page_view (
    origin INTEGER NOT NULL REFERENCES origin (id),
    event  INTEGER NOT NULL,        -- the row of `event`; no definition may have this name (Definition::RESERVED), so nothing deletes them
    page   INTEGER NOT NULL REFERENCES page (id),
    PRIMARY KEY (origin, event)
) WITHOUT ROWID;

-- The latest views that are there already, of all sites together, as many as are worked in within a moment. Of an address with an
-- unusual port or a query right after its host the origin is not found here; its next view is.
CREATE TEMP TABLE seen AS
SELECT event, site, page, lower(substr(url, 1, host - 1 + instr(substr(url, host) || '/', '/') - 1)) AS origin
FROM (
    SELECT e.id AS event, e.site, p.id AS page, p.url, instr(p.url, '://') + 3 AS host
    FROM event e JOIN page p ON p.id = e.page
    WHERE e.name IN (SELECT id FROM name WHERE name = 'page_view') AND p.url LIKE 'http%://%'
    ORDER BY e.id DESC LIMIT 100000
);

INSERT INTO origin (site, origin) SELECT DISTINCT site, origin FROM seen;

INSERT INTO page_view (origin, event, page)
SELECT o.id, s.event, s.page FROM seen s JOIN origin o ON o.site = s.site AND o.origin = s.origin;

DROP TABLE seen;
