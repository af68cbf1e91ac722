-- name: add(signature_id, source, now)!
INSERT INTO holds (signature_id, source, held_at)
VALUES (:signature_id, :source, :now)
ON CONFLICT (signature_id, source) DO UPDATE SET held_at = excluded.held_at, released_at = NULL
WHERE holds.released_at IS NOT NULL;

-- name: release(signature_id, now)!
UPDATE holds
   SET released_at = :now
 WHERE signature_id = :signature_id
   AND released_at IS NULL;

-- name: list_live(signature_id)
SELECT source
  FROM holds
 WHERE signature_id = :signature_id
   AND released_at IS NULL
 ORDER BY held_at, source;
