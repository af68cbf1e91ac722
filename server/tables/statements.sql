-- name: add(slug, locale, opens_at, closes_at, event_at, timezone, goal, count_from, names_from, list_from, kinds, fields, required, moderation, confirm_by, visibilities, newsletter, mailbox_seats, keep_contacts, anonymise_after_days, discreet, indexed, short_form, reply_to)$
-- Stores a draft.
INSERT INTO statements
  (slug, locale, opens_at, closes_at, event_at, timezone, goal, count_from, names_from, list_from, kinds, fields,
   required, moderation, confirm_by, visibilities, newsletter, mailbox_seats, keep_contacts, anonymise_after_days,
   discreet, indexed, short_form, reply_to, stamp)
VALUES
  (:slug, :locale, :opens_at, :closes_at, :event_at, :timezone, :goal, :count_from, :names_from, :list_from, :kinds,
   :fields, :required, :moderation, :confirm_by, :visibilities, :newsletter, :mailbox_seats, :keep_contacts,
   :anonymise_after_days, :discreet, :indexed, :short_form, :reply_to, 1)
RETURNING id;

-- name: find(slug)^
SELECT {statement}
  FROM statements
 WHERE slug = :slug;

-- name: get_by_id(statement_id)^
SELECT {statement}
  FROM statements
 WHERE id = :statement_id;

-- name: list_all()
SELECT {statement}
  FROM statements
 ORDER BY id;

-- name: open_(statement_id, now)!
-- Reopening keeps the time when the statement was first opened.
UPDATE statements
   SET opened_at = coalesce(opened_at, :now), closed_at = NULL, stamp = stamp + 1
 WHERE id = :statement_id
   AND archived_at IS NULL
   AND (opened_at IS NULL OR closed_at IS NOT NULL);

-- name: close(statement_id, now)!
UPDATE statements
   SET closed_at = :now, stamp = stamp + 1
 WHERE id = :statement_id
   AND opened_at IS NOT NULL
   AND closed_at IS NULL;

-- name: archive(statement_id, now)!
UPDATE statements
   SET archived_at = :now, stamp = stamp + 1
 WHERE id = :statement_id
   AND archived_at IS NULL
   AND (opened_at IS NULL OR closed_at <= :now OR closes_at <= :now);

-- name: unarchive(statement_id)!
UPDATE statements
   SET archived_at = NULL, stamp = stamp + 1
 WHERE id = :statement_id
   AND archived_at IS NOT NULL;

-- name: release_names(statement_id, confirmed, now)!
-- The conditions make the release happen once, in one process.
UPDATE statements
   SET names_released_at = :now, stamp = stamp + 1
 WHERE id = :statement_id
   AND names_released_at IS NULL
   AND names_from <= :confirmed;

-- name: find_result_to_send(ended_before)^
-- The result is mailed batch by batch; result_upto is the highest signature id so far.
SELECT id, result_upto
  FROM statements
 WHERE opened_at IS NOT NULL
   AND archived_at IS NULL
   AND result_mailed_at IS NULL
   AND (closed_at <= :ended_before OR closes_at <= :ended_before)
 ORDER BY id
 LIMIT 1;

-- name: mark_result_sent(statement_id, was, upto, mailed_at)!
-- Compare-and-set on result_upto: only one process sends each batch.
UPDATE statements
   SET result_upto = :upto, result_mailed_at = :mailed_at
 WHERE id = :statement_id
   AND result_upto = :was
   AND result_mailed_at IS NULL;

-- name: touch_of_partner(partner_id)!
UPDATE statements
   SET stamp = stamp + 1
 WHERE id IN (SELECT statement_id FROM statement_partners WHERE partner_id = :partner_id);

-- name: touch(statement_id)!
-- A new stamp invalidates cached answers.
UPDATE statements
   SET stamp = stamp + 1
 WHERE id = :statement_id;

-- name: change_settings(id, opens_at, closes_at, event_at, timezone, goal, count_from, names_from, list_from, kinds, fields, required, moderation, confirm_by, visibilities, newsletter, mailbox_seats, keep_contacts, anonymise_after_days, discreet, indexed, short_form, reply_to)!
UPDATE statements
   SET opens_at = :opens_at, closes_at = :closes_at, event_at = :event_at, timezone = :timezone, goal = :goal,
       count_from = :count_from, names_from = :names_from, list_from = :list_from, kinds = :kinds, fields = :fields,
       required = :required, moderation = :moderation, confirm_by = :confirm_by, visibilities = :visibilities,
       newsletter = :newsletter, mailbox_seats = :mailbox_seats, keep_contacts = :keep_contacts,
       anonymise_after_days = :anonymise_after_days, discreet = :discreet, indexed = :indexed,
       short_form = :short_form, reply_to = :reply_to, stamp = stamp + 1
 WHERE id = :id;

-- name: find_to_anonymise(now)$
-- Statements past their retention period that still have personal data: signatures as in list_with_personal_data,
-- mailings and outbox rows. Emails of the last day are left, because they still count towards the limits.
SELECT min(statements.id)
  FROM statements
 WHERE opened_at IS NOT NULL
   AND anonymise_after_days IS NOT NULL
   AND (closed_at <= :now - anonymise_after_days * 24 * 3600
        OR closes_at <= :now - anonymise_after_days * 24 * 3600
        OR archived_at <= :now - anonymise_after_days * 24 * 3600)
   AND (EXISTS (SELECT signatures.id
                  FROM signatures
                 WHERE signatures.statement_id = statements.id
                   AND (signatures.email_key IS NOT NULL
                        OR (signatures.founding_place IS NOT NULL AND signatures.anonymised_at IS NULL
                            AND (signatures.visibility <> 'name' OR signatures.state IN ('removed', 'withdrawn')))))
        OR EXISTS (SELECT mailings.outbox_id
                     FROM mailings
                    WHERE mailings.statement_id = statements.id AND mailings.sent_at <= :now - 24 * 3600)
        OR EXISTS (SELECT outbox.id
                     FROM outbox
                    WHERE outbox.statement_id = statements.id AND outbox.created_at <= :now - 24 * 3600));
