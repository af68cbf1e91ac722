-- name: put(signature_id, sealed, key_id, erase_at)!
INSERT INTO contacts (signature_id, sealed, key_id, erase_at)
VALUES (:signature_id, :sealed, :key_id, :erase_at);

-- name: find(signature_id)^
SELECT sealed
  FROM contacts
 WHERE signature_id = :signature_id;

-- name: keep(signature_id)!
UPDATE contacts
   SET erase_at = NULL
 WHERE signature_id = :signature_id;

-- name: erase(signature_id)!
DELETE FROM contacts
 WHERE signature_id = :signature_id;

-- name: release(statement_id, now)!
UPDATE contacts
   SET erase_at = :now
 WHERE erase_at IS NULL
   AND signature_id IN (SELECT id
                          FROM signatures
                         WHERE statement_id = :statement_id AND state = 'confirmed')
   AND NOT EXISTS (SELECT subscriptions.signature_id
                     FROM subscriptions
                    WHERE subscriptions.signature_id = contacts.signature_id
                      AND subscriptions.confirmed_at IS NOT NULL
                      AND subscriptions.withdrawn_at IS NULL);

-- name: prolong(signature_id, until)!
UPDATE contacts
   SET erase_at = :until
 WHERE signature_id = :signature_id
   AND erase_at < :until;

-- name: prune(now)!
-- An address that an email still waits for is kept until that has gone.
DELETE FROM contacts
 WHERE erase_at <= :now
   AND signature_id NOT IN (SELECT signature_id
                              FROM outbox
                             WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL
                               AND signature_id IS NOT NULL);
