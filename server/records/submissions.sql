-- name: get(statement_id, key)^
SELECT digest
  FROM submissions
 WHERE statement_id = :statement_id AND key = :key;

-- name: add(statement_id, key, digest, signature_id, now)!
INSERT INTO submissions (statement_id, key, digest, signature_id, created_at)
VALUES (:statement_id, :key, :digest, :signature_id, :now)
ON CONFLICT DO NOTHING;

-- name: count_try(statement_id, key, most)^
-- No row once all tries are used up, or where nobody sent this key.
UPDATE submissions
   SET code_tries = code_tries + 1
 WHERE statement_id = :statement_id
   AND key = :key
   AND code_tries < :most
RETURNING signature_id;

-- name: prune(before)!
DELETE FROM submissions
 WHERE created_at < :before;
