-- name: last()^
SELECT id, hash
  FROM journal
 ORDER BY id DESC
 LIMIT 1;

-- name: add(id, at, actor, verb, subject, details_digest, statement_id, previous_hash, hash)!
INSERT INTO journal (id, at, actor, verb, subject, details_digest, statement_id, previous_hash, hash)
VALUES (:id, :at, :actor, :verb, :subject, :details_digest, :statement_id, :previous_hash, :hash);

-- name: add_details(journal_id, salt, before, after, reason)!
INSERT INTO journal_details (journal_id, salt, before, after, reason)
VALUES (:journal_id, :salt, :before, :after, :reason);

-- name: page(after, most)
SELECT journal.id, at, actor, verb, subject, journal.reason AS chained_reason, details_digest, statement_id,
       previous_hash, hash, salt, before, after, coalesce(journal.reason, journal_details.reason) AS reason
  FROM journal
  LEFT JOIN journal_details ON journal_details.journal_id = journal.id
 WHERE journal.id > :after
 ORDER BY journal.id
 LIMIT :most;

-- name: find_hash(id)^
SELECT hash
  FROM journal
 WHERE id = :id;

-- name: find_by_hash(hash)^
SELECT hash
  FROM journal
 WHERE hash = :hash;

-- name: erase_details(subject)!
DELETE FROM journal_details
 WHERE journal_id IN (SELECT journal.id FROM journal WHERE journal.subject = :subject);

-- name: erase_details_of_pendings(signed_before)!
-- Of the same pendings that are pruned, in the same transaction.
DELETE FROM journal_details
 WHERE journal_id IN (SELECT journal.id
                        FROM signatures
                        JOIN journal ON journal.subject = 'signature:' || signatures.id
                       WHERE signatures.confirmed_at IS NULL
                         AND signatures.signed_at < :signed_before
                         AND NOT EXISTS (SELECT contacts.signature_id
                                           FROM contacts
                                          WHERE contacts.signature_id = signatures.id));
