-- Finding one among a million: by any letters of a line, and by each filter of the desk, newest first.

ALTER TABLE signatures ADD COLUMN search_key TEXT;

-- The desk reads newest first, and passes by what it does not look for without reading its row.
CREATE INDEX by_age ON signatures (statement_id, id, kind, state, partner_id, locale)
 WHERE confirmed_at IS NOT NULL;
CREATE INDEX by_partner ON signatures (statement_id, partner_id, id, kind, state, locale)
 WHERE confirmed_at IS NOT NULL;
CREATE INDEX by_domain ON signatures (statement_id, mail_domain, id, confirmed_at)
 WHERE confirmed_at IS NOT NULL AND mail_domain IS NOT NULL;
CREATE INDEX off_the_list ON signatures (statement_id, state, id)
 WHERE confirmed_at IS NOT NULL AND state <> 'confirmed';

-- Who waits for a decision, oldest first; and what became of one signature.
DROP INDEX held;
CREATE INDEX held ON signatures (statement_id, kind, held_at, id) WHERE state = 'held';
CREATE INDEX journal_of_subject ON journal (subject, id);
CREATE INDEX outbox_of_signature ON outbox (signature_id) WHERE signature_id IS NOT NULL;

-- Empty once the lines of an older version have their keys.
CREATE INDEX to_index ON signatures (id)
 WHERE confirmed_at IS NOT NULL AND anonymised_at IS NULL AND search_key IS NULL;

-- The same work when somebody signs as before, and a way to the pendings of one statement.
DROP INDEX waiting;
CREATE INDEX waiting ON signatures (statement_id, id, signed_at) WHERE confirmed_at IS NULL;

-- [sqlite]
-- Three letters each; the words themselves stay in their rows. With secure-delete erased letters leave the file.
CREATE VIRTUAL TABLE search USING fts5
  (search_key, content = 'signatures', content_rowid = 'id', tokenize = 'trigram', detail = 'none', columnsize = 0);
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
CREATE VIEW searched AS SELECT rowid AS id, search_key FROM search;

CREATE TRIGGER search_added AFTER INSERT ON signatures WHEN new.search_key IS NOT NULL
BEGIN
  INSERT INTO search (rowid, search_key) VALUES (new.id, new.search_key);
END;
CREATE TRIGGER search_left AFTER UPDATE OF search_key ON signatures
  WHEN old.search_key IS NOT NULL AND old.search_key IS NOT new.search_key
BEGIN
  INSERT INTO search (search, rowid, search_key) VALUES ('delete', old.id, old.search_key);
END;
CREATE TRIGGER search_entered AFTER UPDATE OF search_key ON signatures
  WHEN new.search_key IS NOT NULL AND old.search_key IS NOT new.search_key
BEGIN
  INSERT INTO search (rowid, search_key) VALUES (new.id, new.search_key);
END;
CREATE TRIGGER search_gone AFTER DELETE ON signatures WHEN old.search_key IS NOT NULL
BEGIN
  INSERT INTO search (search, rowid, search_key) VALUES ('delete', old.id, old.search_key);
END;

-- [sqlite without secure-delete]
-- Erased letters would stay in an index: every line is read instead.
CREATE VIEW searched AS SELECT id, search_key FROM signatures WHERE search_key IS NOT NULL;

-- [postgresql]
CREATE VIEW searched AS SELECT id, search_key FROM signatures WHERE search_key IS NOT NULL;

-- Whoever owns a database may have this extension; where it is forbidden or missing, every line is read.
DO $$ BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX by_letters ON signatures USING gin (search_key gin_trgm_ops) WHERE search_key IS NOT NULL;
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
  RAISE NOTICE 'pg_trgm cannot be had: searches read every line';
END $$;
