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

-- name: list_chain(after, most)
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
-- The same rows that prune_pendings deletes, in the same transaction.
DELETE FROM journal_details
 WHERE journal_id IN (SELECT journal.id
                        FROM signatures
                        JOIN journal ON journal.subject = 'signature:' || signatures.id
                       WHERE signatures.confirmed_at IS NULL
                         AND signatures.signed_at < :signed_before
                         AND NOT EXISTS (SELECT contacts.signature_id
                                           FROM contacts
                                          WHERE contacts.signature_id = signatures.id));

-- name: page_but_signers(statement_id, actor, verb, reason, since, until, before_id, most)
-- Actions of admins, rules and the shell; they are few enough to find those of one statement by scanning them all.
SELECT journal.id, at, actor, verb, subject, coalesce(journal.reason, journal_details.reason) AS reason, statement_id,
       hash, salt, before, after
  FROM journal
  LEFT JOIN journal_details ON journal_details.journal_id = journal.id
 WHERE actor <> 'signer'
   AND journal.id < :before_id
   AND (:statement_id IS NULL OR statement_id = :statement_id)
   AND (:actor IS NULL OR actor = :actor)
   AND (:verb IS NULL OR verb = :verb)
   AND (:reason IS NULL OR lower(coalesce(journal.reason, journal_details.reason)) LIKE lower(:reason) ESCAPE '!')
   AND at >= :since
   AND at < :until
 ORDER BY journal.id DESC
 LIMIT :most;

-- name: page_about(subject, statement_id, actor, verb, reason, since, until, before_id, most)
SELECT journal.id, at, actor, verb, subject, coalesce(journal.reason, journal_details.reason) AS reason, statement_id,
       hash, salt, before, after
  FROM journal
  LEFT JOIN journal_details ON journal_details.journal_id = journal.id
 WHERE subject = :subject
   AND journal.id < :before_id
   AND (:statement_id IS NULL OR statement_id = :statement_id)
   AND (:actor IS NULL OR actor = :actor)
   AND (:verb IS NULL OR verb = :verb)
   AND (:reason IS NULL OR lower(coalesce(journal.reason, journal_details.reason)) LIKE lower(:reason) ESCAPE '!')
   AND at >= :since
   AND at < :until
 ORDER BY journal.id DESC
 LIMIT :most;

-- name: page_of_statement(statement_id, actor, verb, reason, since, until, before_id, most)
SELECT journal.id, at, actor, verb, subject, coalesce(journal.reason, journal_details.reason) AS reason, statement_id,
       hash, salt, before, after
  FROM journal
  LEFT JOIN journal_details ON journal_details.journal_id = journal.id
 WHERE statement_id = :statement_id
   AND journal.id < :before_id
   AND (:actor IS NULL OR actor = :actor)
   AND (:verb IS NULL OR verb = :verb)
   AND (:reason IS NULL OR lower(coalesce(journal.reason, journal_details.reason)) LIKE lower(:reason) ESCAPE '!')
   AND at >= :since
   AND at < :until
 ORDER BY journal.id DESC
 LIMIT :most;

-- name: page_of_all(actor, verb, reason, since, until, before_id, most)
SELECT journal.id, at, actor, verb, subject, coalesce(journal.reason, journal_details.reason) AS reason, statement_id,
       hash, salt, before, after
  FROM journal
  LEFT JOIN journal_details ON journal_details.journal_id = journal.id
 WHERE journal.id < :before_id
   AND (:actor IS NULL OR actor = :actor)
   AND (:verb IS NULL OR verb = :verb)
   AND (:reason IS NULL OR lower(coalesce(journal.reason, journal_details.reason)) LIKE lower(:reason) ESCAPE '!')
   AND at >= :since
   AND at < :until
 ORDER BY journal.id DESC
 LIMIT :most;

-- name: batch(after, upto, most)
SELECT journal.id, at, actor, verb, subject, coalesce(journal.reason, journal_details.reason) AS reason,
       journal.reason AS chained_reason, statement_id, details_digest, previous_hash, hash, salt, before, after
  FROM journal
  LEFT JOIN journal_details ON journal_details.journal_id = journal.id
 WHERE journal.id > :after
   AND journal.id <= :upto
 ORDER BY journal.id
 LIMIT :most;

-- name: batch_of_statement(statement_id, after, upto, most)
SELECT journal.id, at, actor, verb, subject, coalesce(journal.reason, journal_details.reason) AS reason,
       journal.reason AS chained_reason, statement_id, details_digest, previous_hash, hash, salt, before, after
  FROM journal
  LEFT JOIN journal_details ON journal_details.journal_id = journal.id
 WHERE statement_id = :statement_id
   AND journal.id > :after
   AND journal.id <= :upto
 ORDER BY journal.id
 LIMIT :most;
