-- name: stands(email_key, statement_id)^
SELECT reason
  FROM suppressions
 WHERE email_key = :email_key
   AND statement_id IN (0, :statement_id)
 LIMIT 1;

-- name: add(email_key, statement_id, reason, now)!
INSERT INTO suppressions (email_key, statement_id, reason, created_at)
VALUES (:email_key, :statement_id, :reason, :now)
ON CONFLICT (email_key, statement_id) DO NOTHING;
