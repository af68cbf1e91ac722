-- name: find(statement_id, key)^
SELECT digest
  FROM submissions
 WHERE statement_id = :statement_id AND key = :key;

-- name: add(statement_id, key, signature_id, digest, now)!
INSERT INTO submissions (statement_id, key, signature_id, digest, created_at)
VALUES (:statement_id, :key, :signature_id, :digest, :now);

-- name: prune(before)!
DELETE FROM submissions
 WHERE created_at < :before;
