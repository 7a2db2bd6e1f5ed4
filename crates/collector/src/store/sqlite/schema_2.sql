-- Losses are named now: of each tab a book says which of its numbers are stored and which are lost, and why
-- (`book.rs`). The totals of version 1 named no events, so they cannot be set against what is stored, and go.
DROP TABLE loss;

ALTER TABLE tab ADD COLUMN made   INTEGER NOT NULL DEFAULT 0;       -- the highest number, and `beside`
ALTER TABLE tab ADD COLUMN stored INTEGER NOT NULL DEFAULT 0;       -- events in the log
ALTER TABLE tab ADD COLUMN lost   INTEGER NOT NULL DEFAULT 0;       -- numbers that are lost with a reason
ALTER TABLE tab ADD COLUMN beside INTEGER NOT NULL DEFAULT 0;       -- events in the log that have no place in the book
ALTER TABLE tab ADD COLUMN book   TEXT    NOT NULL DEFAULT '[]';    -- [first, last, reason or null when stored]

WITH
    number  AS (SELECT DISTINCT tab, seq FROM event WHERE seq BETWEEN 1 AND 100000),
    marked  AS (SELECT tab, seq, seq - row_number() OVER (PARTITION BY tab ORDER BY seq) AS run FROM number),
    range   AS (SELECT tab, min(seq) AS first, max(seq) AS last FROM marked GROUP BY tab, run),
    nth     AS (SELECT *, row_number() OVER (PARTITION BY tab ORDER BY first) AS n FROM range),
    written AS (SELECT tab, max(last) AS highest, sum(last - first + 1) AS booked,
                       '[' || group_concat('[' || first || ',' || last || ',null]', ',' ORDER BY first) || ']' AS book
                FROM nth WHERE n <= 256 GROUP BY tab),
    counted AS (SELECT tab, count(*) AS n FROM event GROUP BY tab)
UPDATE tab
SET stored = c.n,
    beside = c.n - coalesce(w.booked, 0),
    made   = c.n - coalesce(w.booked, 0) + coalesce(w.highest, 0),
    book   = coalesce(w.book, '[]')
FROM counted c LEFT JOIN written w ON w.tab = c.tab
WHERE c.tab = tab.id;

-- For "which tabs lack something, the latest first" and "this visitor's tabs".
CREATE INDEX tab_with_gap ON tab (site, last_received_at) WHERE made > stored;
CREATE INDEX tab_by_visitor ON tab (visitor);

-- The same for a whole site, added up: "made", "stored", and the reasons of losses.
CREATE TABLE tally (
    site INTEGER NOT NULL REFERENCES site (id),
    what TEXT NOT NULL,
    n    INTEGER NOT NULL,
    PRIMARY KEY (site, what)
) WITHOUT ROWID;

INSERT INTO tally (site, what, n) SELECT site, 'made', sum(made) FROM tab GROUP BY site;
INSERT INTO tally (site, what, n) SELECT site, 'stored', sum(stored) FROM tab GROUP BY site;
