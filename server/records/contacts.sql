-- name: put(signature_id, sealed, key_id, erase_at)!
INSERT INTO contacts (signature_id, sealed, key_id, erase_at)
VALUES (:signature_id, :sealed, :key_id, :erase_at);

-- name: find(signature_id)^
SELECT sealed, key_id
  FROM contacts
 WHERE signature_id = :signature_id;

-- name: keep(signature_id)!
UPDATE contacts
   SET erase_at = NULL
 WHERE signature_id = :signature_id;

-- name: erase(signature_id)!
DELETE FROM contacts
 WHERE signature_id = :signature_id;

-- name: prune(now)!
DELETE FROM contacts
 WHERE erase_at <= :now;
