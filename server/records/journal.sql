-- name: last()^
SELECT id, hash
  FROM journal
 ORDER BY id DESC
 LIMIT 1;

-- name: add(id, at, actor, verb, subject, reason, details_digest, statement_id, previous_hash, hash)!
INSERT INTO journal (id, at, actor, verb, subject, reason, details_digest, statement_id, previous_hash, hash)
VALUES (:id, :at, :actor, :verb, :subject, :reason, :details_digest, :statement_id, :previous_hash, :hash);

-- name: add_details(journal_id, salt, before, after)!
INSERT INTO journal_details (journal_id, salt, before, after)
VALUES (:journal_id, :salt, :before, :after);

-- name: page(after, most)
SELECT journal.id, at, actor, verb, subject, reason, details_digest, statement_id, previous_hash, hash, salt, before,
       after
  FROM journal
  LEFT JOIN journal_details ON journal_details.journal_id = journal.id
 WHERE journal.id > :after
 ORDER BY journal.id
 LIMIT :most;

-- name: list_of_subject(subject, most)
SELECT journal.id, at, actor, verb, reason, before, after
  FROM journal
  LEFT JOIN journal_details ON journal_details.journal_id = journal.id
 WHERE journal.subject = :subject
 ORDER BY journal.id DESC
 LIMIT :most;

-- name: erase_details(subject)!
DELETE FROM journal_details
 WHERE journal_id IN (SELECT id
                        FROM journal
                       WHERE subject = :subject);
