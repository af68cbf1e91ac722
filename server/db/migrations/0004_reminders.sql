-- What reminders and closing results need: a way to the pendings that wait, and how far a result has come.

CREATE INDEX to_remind ON signatures (statement_id, signed_at) WHERE confirmed_at IS NULL AND reminded_at IS NULL;
ALTER TABLE statements ADD COLUMN result_upto INTEGER NOT NULL DEFAULT 0;
