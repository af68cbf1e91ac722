-- name: put(kind, signature_id, statement_id, locale, email_key, sealed_to, message_id, priority, due_at, now)!
INSERT INTO outbox
  (kind, signature_id, statement_id, locale, email_key, sealed_to, message_id, priority, due_at, created_at)
VALUES
  (:kind, :signature_id, :statement_id, :locale, :email_key, :sealed_to, :message_id, :priority, :due_at, :now);

-- name: claim(now, until, most)
-- Repeats the whole condition outside, or two deliveries claim the same rows wherever isolation is less than ours.
UPDATE outbox
   SET lease_until = :until, attempts = attempts + 1
 WHERE id IN (SELECT id
                FROM outbox
               WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL
                 AND due_at <= :now AND lease_until <= :now
               ORDER BY priority, attempts, due_at, id
               LIMIT :most)
   AND sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL
   AND due_at <= :now AND lease_until <= :now
RETURNING id, kind, signature_id, statement_id, locale, email_key, sealed_to, message_id, priority, attempts,
          created_at;

-- name: sent(id, now)!
UPDATE outbox
   SET sent_at = :now, dead_at = NULL, suppressed_at = NULL, lease_until = 0, sealed_to = NULL, reply = NULL
 WHERE id = :id
   AND sent_at IS NULL;

-- name: suppressed(id, reply, now)!
UPDATE outbox
   SET suppressed_at = :now, lease_until = 0, sealed_to = NULL, reply = :reply
 WHERE id = :id
   AND sent_at IS NULL;

-- name: dead(id, reply, now)!
UPDATE outbox
   SET dead_at = :now, lease_until = 0, sealed_to = NULL, reply = :reply
 WHERE id = :id
   AND sent_at IS NULL;

-- name: later(id, reply, due_at, uncounted)!
UPDATE outbox
   SET due_at = :due_at, lease_until = 0, reply = :reply, attempts = attempts - :uncounted
 WHERE id = :id
   AND sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL;

-- name: count_by_fate()^
SELECT count(*) FILTER (WHERE sent_at IS NOT NULL) AS sent,
       count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead,
       count(*) FILTER (WHERE suppressed_at IS NOT NULL) AS suppressed,
       count(*) FILTER (WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL) AS waiting,
       min(created_at) FILTER (WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL) AS oldest
  FROM outbox;

-- name: count_kept_back()
SELECT reply AS reason, count(*) AS emails
  FROM outbox
 WHERE suppressed_at IS NOT NULL
 GROUP BY reply
 ORDER BY reply;

-- name: list_dead(most)
SELECT id, kind, signature_id, statement_id, attempts, reply, dead_at
  FROM outbox
 WHERE dead_at IS NOT NULL
 ORDER BY dead_at DESC, id DESC
 LIMIT :most;

-- name: list_of_signature(signature_id, most)
SELECT kind, created_at, sent_at, dead_at, suppressed_at
  FROM outbox
 WHERE signature_id = :signature_id
 ORDER BY id DESC
 LIMIT :most;

-- name: forget(signature_id)!
DELETE FROM outbox
 WHERE signature_id = :signature_id;

-- name: forget_address(statement_id, email_key)!
-- About the address itself, and about signatures that are gone or do not know it any more.
DELETE FROM outbox
 WHERE email_key = :email_key
   AND statement_id = :statement_id
   AND NOT EXISTS (SELECT signatures.id
                     FROM signatures
                    WHERE signatures.id = outbox.signature_id
                      AND signatures.email_key = outbox.email_key);

-- name: forget_some(statement_id, most)!
DELETE FROM outbox
 WHERE id IN (SELECT id
                FROM outbox
               WHERE statement_id = :statement_id
               LIMIT :most);

-- name: prune(before)!
DELETE FROM outbox
 WHERE sent_at < :before OR suppressed_at < :before OR dead_at < :before;
