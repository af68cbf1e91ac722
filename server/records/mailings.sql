-- name: reserve(outbox_id, email_key, mail_key, statement_id, now)!
INSERT INTO mailings (outbox_id, email_key, mail_key, statement_id, sent_at)
VALUES (:outbox_id, :email_key, :mail_key, :statement_id, :now)
ON CONFLICT (outbox_id) DO UPDATE SET sent_at = excluded.sent_at, mail_key = excluded.mail_key;

-- name: spent(email_key, mail_key, statement_id, outbox_id, day_ago)^
-- What this address has had, apart from the email in question. What is counted for ever is its own alone: a stranger who
-- writes to tags that nobody ever used would lock out whoever they begin with for good.
SELECT (SELECT count(*)
          FROM mailings
         WHERE email_key = :email_key
           AND statement_id = :statement_id
           AND outbox_id <> :outbox_id) AS for_statement,
       count(*) FILTER (WHERE statement_id = :statement_id AND sent_at > :day_ago) AS for_statement_today,
       count(*) FILTER (WHERE sent_at > :day_ago) AS today,
       max(sent_at) AS last
  FROM mailings
 WHERE mail_key = :mail_key
   AND outbox_id <> :outbox_id;

-- name: count_sent(email_key, statement_id)$
SELECT count(*)
  FROM mailings
 WHERE email_key = :email_key
   AND statement_id = :statement_id;

-- name: forget(email_key, statement_id)!
-- The key of an address without a tag is the one that its tags share: it must be nowhere when it is forgotten.
DELETE FROM mailings
 WHERE (email_key = :email_key OR mail_key = :email_key)
   AND statement_id = :statement_id;

-- name: forget_some(statement_id, before, most)!
DELETE FROM mailings
 WHERE outbox_id IN (SELECT outbox_id
                       FROM mailings
                      WHERE statement_id = :statement_id AND sent_at <= :before
                      LIMIT :most);

-- name: prune(before, most)!
-- Of a statement that takes no signatures any more: what is still sent for it counts for as long as this.
DELETE FROM mailings
 WHERE outbox_id IN (SELECT mailings.outbox_id
                       FROM mailings
                       JOIN statements ON statements.id = mailings.statement_id
                      WHERE mailings.sent_at < :before
                        AND (closed_at < :before OR closes_at < :before OR archived_at < :before)
                      LIMIT :most);
