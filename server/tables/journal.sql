-- name: page_but_signers(statement_id, actor, verb, reason, since, until, before_id, most)
-- What admins, rules and the shell did; they are few, so that a statement's are found among all of them.
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
