-- The admins' desk: accounts that begin with a password of one use, sessions that end, a journal by statement.

ALTER TABLE admins ADD COLUMN locale TEXT;
ALTER TABLE admins ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE admins ADD COLUMN invited_until INTEGER;

CREATE INDEX sessions_of_admin ON sessions (admin_id);
CREATE INDEX idle_sessions ON sessions (seen_at);

ALTER TABLE journal ADD COLUMN statement_id INTEGER;
CREATE INDEX journal_of_statement ON journal (statement_id, id) WHERE statement_id IS NOT NULL;
