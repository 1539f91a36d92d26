-- Bounds and expiry: bytes by log, submission ids with their entries, inboxes and blobs by time of use.
-- And nothing that links an inbox to a log: no stamp finer than a day, no order between inboxes.

-- Entries have their submission id. `kept_ms` is the service's time if it differs from `at_ms`: stamps never
-- decrease, but the time that retention is based on may.
CREATE TABLE delivery_entry_2 (
    id         INTEGER PRIMARY KEY,
    log        INTEGER NOT NULL REFERENCES delivery_log (id),
    seq        INTEGER NOT NULL,
    at_ms      INTEGER NOT NULL,
    kept_ms    INTEGER,
    kind       INTEGER NOT NULL,
    submission BLOB    NOT NULL,
    body       BLOB    NOT NULL
);
INSERT INTO delivery_entry_2 (id, log, seq, at_ms, kept_ms, kind, submission, body)
    SELECT e.id, e.log, e.seq, e.at_ms, NULL, e.kind, coalesce(s.submission, randomblob(16)), e.body
    FROM delivery_entry e LEFT JOIN delivery_submission s ON s.log = e.log AND s.seq = e.seq;
DROP TABLE delivery_submission;
DROP TABLE delivery_entry;
ALTER TABLE delivery_entry_2 RENAME TO delivery_entry;
CREATE UNIQUE INDEX delivery_entry_by_seq ON delivery_entry (log, seq);
CREATE UNIQUE INDEX delivery_entry_by_submission ON delivery_entry (log, submission);

-- `bytes`: of its entries, each with its overhead. `oldest_ms`: since when its first entry is kept; NULL without entries.
-- `emptied_ms`: when it was last used, if it has no entries. `ahead_*`: entries up to this one were stamped by a clock
-- that was ahead, and count as kept since `ahead_ms`.
ALTER TABLE delivery_log ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery_log ADD COLUMN oldest_ms INTEGER;
ALTER TABLE delivery_log ADD COLUMN emptied_ms INTEGER;
ALTER TABLE delivery_log ADD COLUMN ahead_upto INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery_log ADD COLUMN ahead_ms INTEGER NOT NULL DEFAULT 0;
UPDATE delivery_log SET
    bytes = coalesce((SELECT sum(length(body) + 256) FROM delivery_entry e WHERE e.log = delivery_log.id), 0),
    oldest_ms = (SELECT min(at_ms) FROM delivery_entry e WHERE e.log = delivery_log.id);
UPDATE delivery_log SET emptied_ms = at_ms WHERE oldest_ms IS NULL;
CREATE INDEX delivery_log_by_oldest ON delivery_log (oldest_ms) WHERE oldest_ms IS NOT NULL;
CREATE INDEX delivery_log_by_emptied ON delivery_log (emptied_ms) WHERE emptied_ms IS NOT NULL;

-- Rows of inboxes have random ids, so that their order reveals nothing. `seen_day`: when their client last connected, in
-- days since 1970. `origin`: a tag of the address that a Welcome came from, under a key that is lost with the process.
CREATE TABLE delivery_inbox_2 (
    id       INTEGER PRIMARY KEY,
    inbox    BLOB    NOT NULL,
    head     INTEGER NOT NULL,
    entries  INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    seen_day INTEGER NOT NULL
);
CREATE TABLE delivery_welcome_2 (
    id      INTEGER PRIMARY KEY,
    inbox   INTEGER NOT NULL REFERENCES delivery_inbox_2 (id),
    seq     INTEGER NOT NULL,
    origin  INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,
    welcome BLOB    NOT NULL
);
INSERT INTO delivery_inbox_2 (id, inbox, head, entries, bytes, seen_day)
    SELECT random() & 0x7fffffffffffffff, inbox, head, entries, bytes, unixepoch() / 86400 FROM delivery_inbox;
INSERT INTO delivery_welcome_2 (id, inbox, seq, origin, bytes, welcome)
    SELECT random() & 0x7fffffffffffffff, n.id, w.seq, 0, length(w.welcome), w.welcome
    FROM delivery_welcome w JOIN delivery_inbox i ON i.id = w.inbox JOIN delivery_inbox_2 n ON n.inbox = i.inbox;
DROP TABLE delivery_welcome;
DROP TABLE delivery_inbox;
ALTER TABLE delivery_inbox_2 RENAME TO delivery_inbox;
ALTER TABLE delivery_welcome_2 RENAME TO delivery_welcome;
CREATE UNIQUE INDEX delivery_inbox_by_inbox ON delivery_inbox (inbox);
CREATE INDEX delivery_inbox_by_day ON delivery_inbox (seen_day);
CREATE UNIQUE INDEX delivery_welcome_by_seq ON delivery_welcome (inbox, seq);
CREATE INDEX delivery_welcome_by_origin ON delivery_welcome (inbox, origin, bytes);

CREATE INDEX delivery_last_resort_by_expiry ON delivery_last_resort (not_after_ms);
CREATE INDEX delivery_blob_by_time ON delivery_blob (at_ms);
