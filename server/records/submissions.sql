-- name: get(statement_id, key)^
SELECT digest
  FROM submissions
 WHERE statement_id = :statement_id AND key = :key;

-- name: add(statement_id, key, digest, now)!
INSERT INTO submissions (statement_id, key, digest, created_at)
VALUES (:statement_id, :key, :digest, :now)
ON CONFLICT DO NOTHING;

-- name: prune(before)!
DELETE FROM submissions
 WHERE created_at < :before;
