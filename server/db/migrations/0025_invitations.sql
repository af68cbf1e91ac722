-- Who signed elsewhere is invited to confirm: where that was, at which pace the emails go, and what became of each.
-- Invitees have no reference to their signature: what was never confirmed is deleted, and still counted here.

CREATE TABLE invitations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  statement_id INTEGER NOT NULL REFERENCES statements,
  source TEXT NOT NULL,
  per_hour INTEGER NOT NULL CHECK (per_hour > 0),
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX invitations_of_statement ON invitations (statement_id);

CREATE TABLE invitees (
  signature_id INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitations,
  sent_at INTEGER,
  dead_at INTEGER,
  suppressed_at INTEGER,
  stopped_at INTEGER,
  disowned_at INTEGER
) STRICT;

CREATE INDEX invitees_of_invitation ON invitees (invitation_id);
CREATE INDEX invited ON outbox (due_at)
 WHERE kind = 'invited' AND sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL;
