-- name: put(kind, to, message_id, priority, due_at, now)!
INSERT INTO outbox
  (kind, signature_id, statement_id, locale, email_key, sealed_to, message_id, priority, due_at, created_at)
VALUES
  (:kind, :to.signature_id, :to.statement_id, :to.locale, :to.email_key, :to.sealed_to, :message_id, :priority, :due_at, :now);

-- name: claim(now, until, most)
-- Leases the rows. The outer WHERE repeats the condition, because under a weaker isolation level two deliveries could
-- claim the same rows.
UPDATE outbox
   SET lease_until = :until, attempts = attempts + 1
 WHERE id IN (SELECT id
                FROM outbox
               WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL AND waiting_domain IS NULL
                 AND due_at <= :now AND lease_until <= :now
               ORDER BY priority, attempts, due_at, id
               LIMIT :most)
   AND sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL AND waiting_domain IS NULL
   AND due_at <= :now AND lease_until <= :now
RETURNING id, kind, signature_id, statement_id, locale, email_key, sealed_to, message_id, priority, attempts,
          created_at;

-- name: mark_sent(outbox_id, now)!
UPDATE outbox
   SET sent_at = :now, dead_at = NULL, suppressed_at = NULL, lease_until = 0, sealed_to = NULL, reply = NULL
 WHERE id = :outbox_id
   AND sent_at IS NULL AND bounced IS NULL;

-- name: mark_suppressed(outbox_id, reason, now)!
UPDATE outbox
   SET suppressed_at = :now, lease_until = 0, sealed_to = NULL, reply = :reason
 WHERE id = :outbox_id
   AND sent_at IS NULL;

-- name: mark_undeliverable(outbox_id, reply, recipient_refused, now)!
UPDATE outbox
   SET dead_at = :now, lease_until = 0, sealed_to = NULL, reply = :reply, recipient_refused = :recipient_refused
 WHERE id = :outbox_id
   AND sent_at IS NULL;

-- name: find_reported(outbox_id)^
SELECT outbox.id, signature_id, outbox.statement_id, outbox.email_key,
       coalesce(mailings.mail_key, outbox.email_key) AS mail_key
  FROM outbox
  LEFT JOIN mailings ON mailings.outbox_id = outbox.id
 WHERE outbox.id = :outbox_id
   AND attempts > 0 AND outbox.email_key IS NOT NULL;

-- name: find_by_message_id(message_id)$
-- An email has no address any more once its outcome is known; one that was just sent may still have its lease.
SELECT id
  FROM outbox
 WHERE message_id = :message_id
   AND sealed_to IS NULL
 UNION ALL
SELECT id
  FROM outbox
 WHERE message_id = :message_id
   AND sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL
   AND lease_until > 0
 LIMIT 1;

-- name: mark_bounced(outbox_id, kind, reply, now)!
-- The report may come before the delivery has recorded that it sent the email.
UPDATE outbox
   SET bounced = :kind, reply = :reply, lease_until = 0, sealed_to = NULL,
       recipient_refused = CASE WHEN :kind = 'bounced' THEN 1 ELSE 0 END,
       dead_at = CASE WHEN :kind = 'complaint' THEN NULL ELSE :now END,
       sent_at = CASE WHEN :kind = 'complaint' THEN coalesce(sent_at, :now) ELSE NULL END
 WHERE id = :outbox_id
   AND bounced IS NULL AND suppressed_at IS NULL;

-- name: mark_delayed(outbox_id, now)!
UPDATE outbox
   SET delayed_at = coalesce(delayed_at, :now)
 WHERE id = :outbox_id;

-- name: postpone(outbox_id, reply, due_at, counted)!
UPDATE outbox
   SET due_at = :due_at, lease_until = 0, reply = :reply, attempts = CASE WHEN :counted = 1 THEN attempts ELSE attempts - 1 END
 WHERE id = :outbox_id
   AND sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL;

-- name: wait_for_domain(outbox_id, mail_domain)!
UPDATE outbox
   SET waiting_domain = :mail_domain, lease_until = 0, reply = NULL, attempts = attempts - 1
 WHERE id = :outbox_id
   AND sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL;

-- name: has_waiting_before(statement_id, mail_domain, outbox_id)^
SELECT id
  FROM outbox
 WHERE statement_id = :statement_id
   AND waiting_domain = :mail_domain
   AND id < :outbox_id
 LIMIT 1;

-- name: release_waiting(statement_id, mail_domain, most, now)!
UPDATE outbox
   SET waiting_domain = NULL, due_at = :now
 WHERE id IN (SELECT id
                FROM outbox
               WHERE statement_id = :statement_id AND waiting_domain = :mail_domain
               ORDER BY id
               LIMIT :most)
   AND waiting_domain = :mail_domain;

-- name: count_waiting_by_domain(statement_id)
SELECT waiting_domain AS mail_domain, count(*) AS emails
  FROM outbox
 WHERE statement_id = :statement_id
   AND waiting_domain IS NOT NULL
 GROUP BY waiting_domain;

-- name: find_last_invitation_due(statement_id)$
SELECT max(due_at)
  FROM outbox
 WHERE kind = 'invited' AND sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL
   AND (:statement_id IS NULL OR statement_id = :statement_id);

-- name: list_unsent_invitations(statement_id)
-- An email has a row in mailings before it is handed to a mail server; a refusal ends its lease.
SELECT outbox.signature_id
  FROM outbox
  JOIN signatures ON signatures.id = outbox.signature_id
 WHERE outbox.statement_id = :statement_id
   AND outbox.kind = 'invited' AND sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL
   AND (lease_until = 0 OR NOT EXISTS (SELECT 1 FROM mailings WHERE mailings.outbox_id = outbox.id))
   AND signatures.confirmed_at IS NULL
 ORDER BY outbox.id;

-- name: count_invitations_sent(outbox_id, since)$
SELECT count(*)
  FROM mailings
  JOIN outbox ON outbox.id = mailings.outbox_id
 WHERE mailings.sent_at > :since
   AND mailings.outbox_id <> :outbox_id
   AND outbox.kind = 'invited';

-- name: count_deliveries()^
SELECT count(*) FILTER (WHERE sent_at IS NOT NULL) AS sent,
       count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead,
       count(*) FILTER (WHERE dead_at IS NOT NULL AND recipient_refused = 1) AS recipient_refused,
       count(*) FILTER (WHERE bounced IN ('bounced', 'refused')) AS bounced,
       count(*) FILTER (WHERE bounced = 'complaint') AS complaints,
       count(*) FILTER (WHERE delayed_at IS NOT NULL) AS delayed,
       count(*) FILTER (WHERE suppressed_at IS NOT NULL) AS suppressed,
       count(*) FILTER (WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL) AS waiting,
       count(*) FILTER (WHERE waiting_domain IS NOT NULL) AS limited,
       count(*) FILTER (WHERE kind = 'invited' AND attempts = 0 AND sent_at IS NULL AND dead_at IS NULL
                          AND suppressed_at IS NULL) AS invited,
       min(CASE WHEN kind = 'invited' AND attempts = 0 AND coalesce(reply, '') = '' THEN due_at ELSE created_at END)
         FILTER (WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL
                   AND waiting_domain IS NULL) AS oldest
  FROM outbox;

-- name: count_suppressed()
SELECT reply AS reason, count(*) AS emails
  FROM outbox
 WHERE suppressed_at IS NOT NULL
 GROUP BY reply
 ORDER BY reply;

-- name: list_waiting(before_id, most)
SELECT {outbox.listed}, statements.slug
  FROM outbox
  LEFT JOIN statements ON statements.id = outbox.statement_id
 WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL AND outbox.id < :before_id
 ORDER BY outbox.id DESC
 LIMIT :most;

-- name: list_sent(before_id, most)
SELECT {outbox.listed}, statements.slug
  FROM outbox
  LEFT JOIN statements ON statements.id = outbox.statement_id
 WHERE sent_at IS NOT NULL AND outbox.id < :before_id
 ORDER BY outbox.id DESC
 LIMIT :most;

-- name: list_dead(before_id, most)
SELECT {outbox.listed}, statements.slug
  FROM outbox
  LEFT JOIN statements ON statements.id = outbox.statement_id
 WHERE dead_at IS NOT NULL AND outbox.id < :before_id
 ORDER BY outbox.id DESC
 LIMIT :most;

-- name: list_kept_back(before_id, most)
SELECT {outbox.listed}, statements.slug
  FROM outbox
  LEFT JOIN statements ON statements.id = outbox.statement_id
 WHERE suppressed_at IS NOT NULL AND outbox.id < :before_id
 ORDER BY outbox.id DESC
 LIMIT :most;

-- name: list_refusals(most)
SELECT reply, count(*) AS emails, min(created_at) AS oldest, min(due_at) AS next_try
  FROM outbox
 WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL AND waiting_domain IS NULL
   AND reply <> ''
 GROUP BY reply
 ORDER BY emails DESC, reply
 LIMIT :most;

-- name: retry_refused(now)!
UPDATE outbox
   SET due_at = :now
 WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL AND waiting_domain IS NULL
   AND due_at > :now AND reply <> '';

-- name: find_oldest_waiting()$
-- Invitations that were not tried yet wait for their turn, which is when they are due.
SELECT min(CASE WHEN kind = 'invited' AND attempts = 0 AND coalesce(reply, '') = '' THEN due_at ELSE created_at END)
  FROM outbox
 WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL AND waiting_domain IS NULL;

-- name: list_of_signature(signature_id, most)
SELECT kind, created_at, sent_at, dead_at, suppressed_at, bounced, reply
  FROM outbox
 WHERE signature_id = :signature_id
 ORDER BY id DESC
 LIMIT :most;

-- name: delete_of_signature(signature_id)!
DELETE FROM outbox
 WHERE signature_id = :signature_id;

-- name: delete_of_address(statement_id, email_key)!
-- Emails about the address itself, and about signatures that are deleted or no longer have its key.
DELETE FROM outbox
 WHERE email_key = :email_key
   AND statement_id = :statement_id
   AND NOT EXISTS (SELECT signatures.id
                     FROM signatures
                    WHERE signatures.id = outbox.signature_id
                      AND signatures.email_key = outbox.email_key);

-- name: delete_some_of_statement(statement_id, most)!
DELETE FROM outbox
 WHERE id IN (SELECT id
                FROM outbox
               WHERE statement_id = :statement_id
               LIMIT :most);

-- name: prune(before)!
DELETE FROM outbox
 WHERE sent_at < :before OR suppressed_at < :before OR dead_at < :before;

-- name: add_mailing(outbox_id, email_key, mail_key, mail_domain, statement_id, purse, now)!
INSERT INTO mailings (outbox_id, email_key, mail_key, mail_domain, statement_id, purse, sent_at)
VALUES (:outbox_id, :email_key, :mail_key, :mail_domain, :statement_id, :purse, :now)
ON CONFLICT (outbox_id) DO UPDATE
   SET sent_at = excluded.sent_at, mail_key = excluded.mail_key, mail_domain = excluded.mail_domain;

-- name: find_latest_to_domain(statement_id, mail_domain, outbox_id, since, nth)^
SELECT sent_at
  FROM mailings
 WHERE statement_id = :statement_id
   AND mail_domain = :mail_domain
   AND sent_at > :since
   AND outbox_id <> :outbox_id
 ORDER BY sent_at DESC
 LIMIT 1 OFFSET :nth - 1;

-- name: get_domain_usage(statement_id, mail_domain, since)^
SELECT count(*) AS emails, min(sent_at) AS first
  FROM mailings
 WHERE statement_id = :statement_id
   AND mail_domain = :mail_domain
   AND sent_at > :since;

-- name: forget_mail_domains(before, most)!
UPDATE mailings
   SET mail_domain = NULL
 WHERE outbox_id IN (SELECT outbox_id
                       FROM mailings
                      WHERE mail_domain IS NOT NULL AND sent_at <= :before
                      LIMIT :most)
   AND mail_domain IS NOT NULL;

-- name: get_email_usage(email_key, mail_key, statement_id, purse, outbox_id, now)^
-- The usage of an address, without the given email. The count for the statement never resets, so it covers the exact
-- address only: otherwise a stranger who requests emails to made-up tags could lock out the owner for good.
SELECT (SELECT count(*)
          FROM mailings
         WHERE email_key = :email_key
           AND statement_id = :statement_id
           AND purse = :purse
           AND outbox_id <> :outbox_id) AS for_statement,
       count(*) FILTER (WHERE sent_at > :now - 24 * 3600) AS today,
       max(sent_at) AS last
  FROM mailings
 WHERE mail_key = :mail_key
   AND purse = :purse
   AND outbox_id <> :outbox_id;

-- name: count_sent_emails(email_key, statement_id)$
SELECT count(*)
  FROM mailings
 WHERE email_key = :email_key
   AND statement_id = :statement_id;

-- name: delete_mailings(email_key, statement_id)!
-- The key of an untagged address is the mail_key of its tagged ones, so erasing it must delete those rows too.
DELETE FROM mailings
 WHERE (email_key = :email_key OR mail_key = :email_key)
   AND statement_id = :statement_id;

-- name: delete_some_mailings(statement_id, before, most)!
DELETE FROM mailings
 WHERE outbox_id IN (SELECT outbox_id
                       FROM mailings
                      WHERE statement_id = :statement_id AND sent_at <= :before
                      LIMIT :most);

-- name: prune_mailings(before, most)!
-- Only for statements that have ended; rows of running ones still count towards the limits.
DELETE FROM mailings
 WHERE outbox_id IN (SELECT mailings.outbox_id
                       FROM mailings
                       JOIN statements ON statements.id = mailings.statement_id
                      WHERE mailings.sent_at < :before
                        AND (closed_at < :before OR closes_at < :before OR archived_at < :before)
                      LIMIT :most);

-- name: find_suppression_reason(email_key, mail_key, statement_id)^
-- Suppressions from before migration 17, or made after the address was erased, use the key of the exact address.
SELECT reason
  FROM suppressions
 WHERE mail_key IN (:email_key, :mail_key)
   AND statement_id IN (0, :statement_id)
 LIMIT 1;

-- name: add_suppression(mail_key, statement_id, reason, undo_nonce, now)$
INSERT INTO suppressions (mail_key, statement_id, reason, undo_nonce, created_at)
VALUES (:mail_key, :statement_id, :reason, :undo_nonce, :now)
ON CONFLICT (mail_key, statement_id) DO UPDATE
   SET undo_nonce = coalesce(suppressions.undo_nonce, excluded.undo_nonce)
RETURNING undo_nonce;

-- name: find_suppression(mail_key, statement_id)^
SELECT undo_nonce,
       EXISTS (SELECT 1
                 FROM suppressions AS every
                WHERE every.mail_key = suppressions.mail_key AND every.statement_id = 0) AS everywhere
  FROM suppressions
 WHERE mail_key = :mail_key
   AND statement_id = :statement_id;

-- name: find_suppression_to_undo(statement_id, undo_nonce)^
SELECT undo_nonce,
       EXISTS (SELECT 1
                 FROM suppressions AS every
                WHERE every.mail_key = suppressions.mail_key AND every.statement_id = 0) AS everywhere
  FROM suppressions
 WHERE undo_nonce = :undo_nonce
   AND statement_id = :statement_id;

-- name: undo_suppression(statement_id, undo_nonce, reason)!
-- Also undoes the suppression for every statement, whichever link created it: otherwise the address could still not
-- sign.
DELETE FROM suppressions
 WHERE mail_key IN (SELECT mail_key
                      FROM suppressions
                     WHERE undo_nonce = :undo_nonce AND statement_id = :statement_id)
   AND statement_id IN (0, :statement_id)
   AND reason = :reason;

-- name: lift_suppression(email_key, mail_key)!
DELETE FROM suppressions
 WHERE mail_key IN (:email_key, :mail_key)
   AND statement_id = 0
   AND reason IN ('bounced', 'complaint');
