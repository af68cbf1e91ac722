-- name: add(statement_id, source, per_hour, now)^
INSERT INTO invitations (statement_id, source, per_hour, created_at)
VALUES (:statement_id, :source, :per_hour, :now)
RETURNING id, statement_id, source, per_hour, created_at;

-- name: add_invitee(invitation_id, signature_id)!
INSERT INTO invitees (invitation_id, signature_id)
VALUES (:invitation_id, :signature_id);

-- name: find_of_signature(signature_id)^
SELECT invitations.id, invitations.statement_id, invitations.source, invitations.per_hour, invitations.created_at
  FROM invitees
  JOIN invitations ON invitations.id = invitees.invitation_id
 WHERE invitees.signature_id = :signature_id;

-- name: list_of_statement(statement_id)
SELECT invitations.id, invitations.source, invitations.created_at,
       (SELECT count(*) FROM invitees WHERE invitees.invitation_id = invitations.id) AS invited
  FROM invitations
 WHERE invitations.statement_id = :statement_id
 ORDER BY invitations.id;

-- name: list_invited(since_id, until_id)
SELECT signature_id
  FROM invitees
 WHERE signature_id BETWEEN :since_id AND :until_id;

-- name: mark(signature_id, outcome, now)!
UPDATE invitees
   SET sent_at = CASE WHEN :outcome = 'sent' THEN :now ELSE sent_at END,
       dead_at = CASE WHEN :outcome = 'dead' THEN :now ELSE dead_at END,
       suppressed_at = CASE WHEN :outcome = 'suppressed' THEN :now ELSE suppressed_at END,
       stopped_at = CASE WHEN :outcome = 'stopped' THEN :now ELSE stopped_at END,
       disowned_at = CASE WHEN :outcome = 'disowned' THEN :now ELSE disowned_at END
 WHERE signature_id = :signature_id;

-- name: hand_over(was, signature_id)!
-- Does nothing if the other signature was invited too.
UPDATE invitees
   SET signature_id = :signature_id
 WHERE signature_id = :was
   AND NOT EXISTS (SELECT 1 FROM invitees AS other WHERE other.signature_id = :signature_id);

-- name: get_progress(statement_id)^
-- Each unconfirmed invitee has at most one outcome; sent counts every accepted email, confirmed or not.
SELECT count(*) AS invited,
       count(*) FILTER (WHERE invitees.sent_at IS NOT NULL) AS sent,
       count(*) FILTER (WHERE signatures.confirmed_at IS NOT NULL) AS confirmed,
       count(*) FILTER (WHERE signatures.confirmed_at IS NULL AND dead_at IS NOT NULL AND disowned_at IS NULL) AS dead,
       count(*) FILTER (WHERE signatures.confirmed_at IS NULL AND suppressed_at IS NOT NULL
                          AND disowned_at IS NULL) AS suppressed,
       count(*) FILTER (WHERE stopped_at IS NOT NULL) AS stopped,
       count(*) FILTER (WHERE disowned_at IS NOT NULL) AS disowned,
       count(*) FILTER (WHERE signatures.id IS NOT NULL AND signatures.confirmed_at IS NULL AND sent_at IS NULL
                          AND dead_at IS NULL AND suppressed_at IS NULL) AS waiting,
       count(*) FILTER (WHERE signatures.id IS NULL AND stopped_at IS NULL AND disowned_at IS NULL AND dead_at IS NULL
                          AND suppressed_at IS NULL) AS expired
  FROM invitations
  JOIN invitees ON invitees.invitation_id = invitations.id
  LEFT JOIN signatures ON signatures.id = invitees.signature_id
 WHERE invitations.statement_id = :statement_id;

-- name: delete(invitation_id)!
DELETE FROM invitations
 WHERE id = :invitation_id
   AND NOT EXISTS (SELECT 1 FROM invitees WHERE invitees.invitation_id = invitations.id);
