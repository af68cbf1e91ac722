-- name: stands(email_key, mail_key, statement_id)^
-- Whoever refused before step 17, or after their address was erased, did so under the key of that one spelling.
SELECT reason
  FROM suppressions
 WHERE mail_key IN (:email_key, :mail_key)
   AND statement_id IN (0, :statement_id)
 LIMIT 1;

-- name: add(mail_key, statement_id, reason, now)!
INSERT INTO suppressions (mail_key, statement_id, reason, created_at)
VALUES (:mail_key, :statement_id, :reason, :now)
ON CONFLICT (mail_key, statement_id) DO NOTHING;
