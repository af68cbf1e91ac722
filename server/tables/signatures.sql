-- name: add_pending(statement_id, text_id, partner_id, nonce, kind, {line}, locale, visibility, newsletter, domain_proved, name_key, organisation_key, email_key, key_version, mail_domain, now)$
INSERT INTO signatures
  (statement_id, text_id, partner_id, nonce, kind, {line}, locale, visibility, newsletter, domain_proved, name_key,
   organisation_key, email_key, key_version, mail_domain, signed_at, changed_at)
VALUES
  (:statement_id, :text_id, :partner_id, :nonce, :kind, {:line}, :locale, :visibility, :newsletter, :domain_proved,
   :name_key, :organisation_key, :email_key, :key_version, :mail_domain, :now, :now)
RETURNING id;

-- name: add_founding(statement_id, text_id, nonce, kind, {line}, locale, name_key, organisation_key, founding_key, search_key, email_key, key_version, mailbox_seat, numbers_end, now)$
-- Returns no row if the same line is on the list already, or its mailbox seat is taken.
INSERT INTO signatures
  (statement_id, text_id, nonce, kind, {line}, locale, visibility,
   name_key, organisation_key, founding_key, search_key, email_key, key_version, mailbox_seat, founding_place, list_number,
   signed_at, confirmed_at, changed_at)
VALUES
  (:statement_id, :text_id, :nonce, :kind, {:line}, :locale,
   'name', :name_key, :organisation_key, :founding_key, :search_key, :email_key, :key_version, :mailbox_seat,
   (SELECT coalesce(max(founding_place), 0) + 1
      FROM signatures
     WHERE statement_id = :statement_id AND founding_place IS NOT NULL),
   (SELECT coalesce(max(list_number), 0) + 1
      FROM signatures
     WHERE statement_id = :statement_id AND confirmed_at IS NOT NULL
       AND list_number > 0 AND list_number < :numbers_end),
   :now, :now, :now)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: find(signature_id)^
SELECT {signature}
  FROM signatures
 WHERE id = :signature_id;

-- name: confirm(signature, seat, consent_id, held, now, numbers_from, numbers_end)!
-- Unique indexes raise a conflict if the seat or the name is taken.
UPDATE signatures
   SET confirmed_at = :now, held_at = CASE WHEN :held = 1 THEN :now END, mailbox_seat = :seat,
       list_number = (SELECT coalesce(max(others.list_number), :numbers_from) + 1
                        FROM signatures AS others
                       WHERE others.statement_id = :signature.statement_id
                         AND others.confirmed_at IS NOT NULL
                         AND others.list_number > :numbers_from
                         AND others.list_number < :numbers_end),
       consent_id = :consent_id, search_key = :signature.search_key, changed_at = :now
 WHERE id = :signature.id
   AND confirmed_at IS NULL
   AND removed_at IS NULL
   AND withdrawn_at IS NULL;

-- name: open_code(signature_id, until)!
UPDATE signatures
   SET code_until = :until
 WHERE id = :signature_id
   AND confirmed_at IS NULL;

-- name: replace_links(signature_id, nonce)!
UPDATE signatures
   SET nonce = :nonce, code_until = NULL
 WHERE id = :signature_id
   AND confirmed_at IS NULL;

-- name: delete_same_pendings(signature)
DELETE FROM signatures
 WHERE statement_id = :signature.statement_id
   AND email_key = :signature.email_key
   AND name_key = :signature.name_key
   AND confirmed_at IS NULL
   AND removed_at IS NULL
RETURNING id;

-- name: delete_never_confirmed(signature)
DELETE FROM signatures
 WHERE statement_id = :signature.statement_id
   AND email_key = :signature.email_key
   AND confirmed_at IS NULL
RETURNING id;

-- name: delete_unconfirmed(signature_id)!
DELETE FROM signatures
 WHERE id = :signature_id
   AND confirmed_at IS NULL;

-- name: is_known_to_mailbox(statement_id, email_key, name_key)^
-- In any state.
SELECT id
  FROM signatures
 WHERE statement_id = :statement_id
   AND email_key = :email_key
   AND name_key = :name_key
 LIMIT 1;

-- name: count_live_of_mailbox(statement_id, email_key)$
SELECT count(*)
  FROM signatures
 WHERE statement_id = :statement_id
   AND email_key = :email_key
   AND withdrawn_at IS NULL;

-- name: is_name_taken(signature)^
SELECT id
  FROM signatures
 WHERE statement_id = :signature.statement_id
   AND email_key = :signature.email_key
   AND name_key = :signature.name_key
   AND confirmed_at IS NOT NULL
   AND withdrawn_at IS NULL;

-- name: count_seats(signature)$
SELECT count(*)
  FROM signatures
 WHERE statement_id = :signature.statement_id
   AND email_key = :signature.email_key
   AND confirmed_at IS NOT NULL
   AND withdrawn_at IS NULL;

-- name: list_of_mailbox(statement_id, email_key)
SELECT {signature}
  FROM signatures
 WHERE statement_id = :statement_id
   AND email_key = :email_key
   AND state IN ('confirmed', 'held')
 ORDER BY id;

-- name: list_unerased_of_mailbox(statement_id, email_key)
SELECT {signature}
  FROM signatures
 WHERE statement_id = :statement_id
   AND email_key = :email_key
   AND anonymised_at IS NULL
 ORDER BY id;

-- name: has_removed_seat(signature)^
-- Keep this condition in step with the query "erase", which keeps the address key of such rows.
SELECT id
  FROM signatures
 WHERE statement_id = :signature.statement_id
   AND email_key = :signature.email_key
   AND confirmed_at IS NOT NULL
   AND state = 'removed'
   AND withdrawn_at IS NULL
 LIMIT 1;

-- name: find_newest_pending(statement_id, email_key)^
SELECT {signature}
  FROM signatures
 WHERE statement_id = :statement_id
   AND email_key = :email_key
   AND state = 'pending'
 ORDER BY id DESC
 LIMIT 1;

-- name: mark_reminded(statement_id, signed_before, now, most)
-- One reminder for each mailbox: for its newest pending signature, unless another one was reminded. If the confirm
-- email had to wait for its mail domain, the time counts from when it was sent. The same holds for an invitation, and
-- invitees whose invitation was not sent are not reminded. The outer WHERE repeats the condition, because under a
-- weaker isolation level two processes could remind the same signers.
UPDATE signatures
   SET reminded_at = :now
 WHERE id IN (SELECT waiting.id
                FROM signatures AS waiting
                JOIN contacts ON contacts.signature_id = waiting.id
               WHERE waiting.statement_id = :statement_id
                 AND waiting.signed_at < :signed_before
                 AND waiting.confirmed_at IS NULL AND waiting.reminded_at IS NULL AND waiting.state = 'pending'
                 AND NOT EXISTS (SELECT other.id
                                   FROM signatures AS other
                                  WHERE other.statement_id = waiting.statement_id
                                    AND other.email_key = waiting.email_key
                                    AND (other.reminded_at IS NOT NULL
                                         OR (other.confirmed_at IS NULL AND other.id > waiting.id)))
                 AND NOT EXISTS (SELECT outbox.id
                                   FROM outbox
                                  WHERE outbox.signature_id = waiting.id
                                    AND outbox.kind = 'confirm'
                                    AND outbox.created_at < :signed_before
                                    AND (outbox.waiting_domain IS NOT NULL OR outbox.sent_at >= :signed_before))
                 AND NOT EXISTS (SELECT invitees.signature_id
                                   FROM invitees
                                  WHERE invitees.signature_id = waiting.id
                                    AND (invitees.sent_at IS NULL OR invitees.sent_at >= :signed_before))
               ORDER BY waiting.signed_at
               LIMIT :most)
   AND confirmed_at IS NULL AND reminded_at IS NULL
RETURNING {signature};

-- name: clear_newsletter_flag(signature_id, now)!
UPDATE signatures
   SET newsletter = 0, changed_at = :now
 WHERE id = :signature_id
   AND newsletter = 1;

-- name: leave_place(id)!
-- Real list numbers are never negative, so this keeps the row out of the way until take_place.
UPDATE signatures
   SET list_number = -list_number
 WHERE id = :id;

-- name: take_place(id, founding_place, list_number, now)!
UPDATE signatures
   SET founding_place = :founding_place, list_number = :list_number, changed_at = :now
 WHERE id = :id;

-- name: change_founding(id, {founding}, organisation, name_key, organisation_key, founding_key, search_key, now)!
-- A founder confirmed the old line, so that confirmation is reset.
UPDATE signatures
   SET {founding = :founding}, organisation = :organisation, name_key = :name_key, organisation_key = :organisation_key, founding_key = :founding_key, search_key = :search_key,
       listed_confirmed_at = NULL, changed_at = :now
 WHERE id = :id
   AND founding_place IS NOT NULL
   AND state IN ('confirmed', 'held');

-- name: affirm(signature_id, now)!
UPDATE signatures
   SET listed_confirmed_at = :now
 WHERE id = :signature_id
   AND founding_place IS NOT NULL
   AND listed_confirmed_at IS NULL
   AND state IN ('confirmed', 'held');

-- name: hold(signature_id, now)!
UPDATE signatures
   SET held_at = :now, changed_at = :now
 WHERE id = :signature_id
   AND state = 'confirmed';

-- name: release(signature_id, now)!
UPDATE signatures
   SET held_at = NULL, changed_at = :now
 WHERE id = :signature_id
   AND state = 'held';

-- name: remove(signature_id, now)!
UPDATE signatures
   SET removed_at = :now, mail_domain = NULL, changed_at = :now
 WHERE id = :signature_id
   AND removed_at IS NULL;

-- name: restore(signature_id, now)!
-- Unique indexes raise a conflict if the organisation is listed; the mailbox seat was kept.
UPDATE signatures
   SET removed_at = NULL, changed_at = :now
 WHERE id = :signature_id
   AND state = 'removed'
   AND confirmed_at IS NOT NULL
   AND withdrawn_at IS NULL
   AND anonymised_at IS NULL;

-- name: list_unsearchable(most)
SELECT id, {searched}
  FROM signatures
 WHERE confirmed_at IS NOT NULL AND anonymised_at IS NULL AND search_key IS NULL
 ORDER BY id
 LIMIT :most;

-- name: make_searchable(id, search_key)!
UPDATE signatures
   SET search_key = :search_key
 WHERE id = :id
   AND confirmed_at IS NOT NULL
   AND anonymised_at IS NULL;

-- name: erase_mail_domains(before, most)!
UPDATE signatures
   SET mail_domain = NULL
 WHERE id IN (SELECT id
                FROM signatures
               WHERE confirmed_at < :before AND mail_domain IS NOT NULL
               LIMIT :most)
   AND mail_domain IS NOT NULL;

-- name: change(id, {changed}, name_key, search_key, now)!
-- A unique index raises a conflict if this mailbox has another signature under the new name.
UPDATE signatures
   SET {changed = :changed}, name_key = :name_key,
       search_key = CASE WHEN confirmed_at IS NULL THEN NULL ELSE :search_key END, changed_at = :now
 WHERE id = :id
   AND removed_at IS NULL
   AND withdrawn_at IS NULL;

-- name: set_consent(signature_id, consent_id)!
UPDATE signatures
   SET consent_id = :consent_id
 WHERE id = :signature_id;

-- name: reconsent(signature_id, text_id, consent_id, now)!
UPDATE signatures
   SET text_id = :text_id, consent_id = :consent_id, changed_at = :now
 WHERE id = :signature_id
   AND state IN ('confirmed', 'held');

-- name: move_founding_to_text(was, text_id, now)!
UPDATE signatures
   SET text_id = :text_id, changed_at = :now
 WHERE text_id = :was
   AND founding_place IS NOT NULL
   AND confirmed_at IS NOT NULL;

-- name: withdraw(signature_id, shown, now)!
-- A withdrawn signature frees its seat.
UPDATE signatures
   SET withdrawn_at = :now, withdrawal_shown = :shown, newsletter = 0, changed_at = :now
 WHERE id = :signature_id
   AND state IN ('confirmed', 'held');

-- name: erase(id, nonce, now)!
-- The row still shows that somebody signed and withdrew; a new nonce invalidates all links. A removed signature keeps
-- the address key, so that its seat stays taken, unless it had been withdrawn before.
UPDATE signatures
   SET {line = NULL}, visibility = 'counted', newsletter = 0, domain_proved = 0, name_key = NULL,
       organisation_key = NULL, founding_key = NULL, mail_domain = NULL, network_tag = NULL, script = NULL,
       search_key = NULL, nonce = :nonce, listed_confirmed_at = NULL,
       email_key = CASE WHEN state = 'removed' AND withdrawn_at IS NULL THEN email_key END,
       key_version = CASE WHEN state = 'removed' AND withdrawn_at IS NULL THEN key_version END,
       withdrawn_at = CASE WHEN state = 'removed' THEN withdrawn_at ELSE coalesce(withdrawn_at, :now) END,
       withdrawal_shown = 0, anonymised_at = :now, changed_at = :now
 WHERE id = :id;

-- name: anonymise(id, nonce, now)!
-- Like erase, but the signature still counts.
UPDATE signatures
   SET {line = NULL}, visibility = 'counted', newsletter = 0, domain_proved = 0, name_key = NULL,
       organisation_key = NULL, founding_key = NULL, email_key = NULL, key_version = NULL, mail_domain = NULL,
       network_tag = NULL, script = NULL, search_key = NULL, nonce = :nonce, code_until = NULL, withdrawal_shown = 0,
       anonymised_at = :now, changed_at = :now
 WHERE id = :id;

-- name: unlink_founder(id, nonce, now)!
-- The listed name stays, held or not; the data about the mailbox is erased.
UPDATE signatures
   SET {unlisted = NULL}, newsletter = 0, nonce = :nonce, changed_at = :now
 WHERE id = :id
   AND founding_place IS NOT NULL
   AND visibility = 'name'
   AND state IN ('confirmed', 'held');

-- name: prune_pendings(before)!
DELETE FROM signatures
 WHERE confirmed_at IS NULL
   AND signed_at < :before
   AND NOT EXISTS (SELECT contacts.signature_id
                     FROM contacts
                    WHERE contacts.signature_id = signatures.id);

-- name: add_contact(signature_id, sealed, key_id, erase_at)!
INSERT INTO contacts (signature_id, sealed, key_id, erase_at)
VALUES (:signature_id, :sealed, :key_id, :erase_at);

-- name: find_contact(signature_id)^
SELECT sealed
  FROM contacts
 WHERE signature_id = :signature_id;

-- name: keep_contact(signature_id)!
UPDATE contacts
   SET erase_at = NULL
 WHERE signature_id IN (SELECT id FROM signatures WHERE id = :signature_id AND state <> 'pending');

-- name: erase_needless_contact(signature_id)!
DELETE FROM contacts
 WHERE signature_id IN (SELECT signatures.id
                          FROM signatures
                          JOIN statements ON statements.id = signatures.statement_id
                         WHERE signatures.id = :signature_id
                           AND state NOT IN ('pending', 'held')
                           AND NOT (state = 'confirmed'
                                    AND (keep_contacts = 1
                                         OR EXISTS (SELECT 1
                                                      FROM subscriptions
                                                     WHERE subscriptions.signature_id = signatures.id
                                                       AND subscriptions.confirmed_at IS NOT NULL
                                                       AND subscriptions.withdrawn_at IS NULL))));

-- name: erase_contact(signature_id)!
DELETE FROM contacts
 WHERE signature_id = :signature_id;

-- name: expire_contacts(statement_id, now)!
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

-- name: extend_contact(signature_id, until)!
UPDATE contacts
   SET erase_at = :until
 WHERE signature_id = :signature_id
   AND erase_at < :until;

-- name: prune_contacts(now)!
-- An address is kept while an email to it is waiting.
DELETE FROM contacts
 WHERE erase_at <= :now
   AND signature_id NOT IN (SELECT signature_id
                              FROM outbox
                             WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL
                               AND signature_id IS NOT NULL);

-- name: add_hold(signature_id, source, now)!
INSERT INTO holds (signature_id, source, held_at)
VALUES (:signature_id, :source, :now)
ON CONFLICT (signature_id, source) DO UPDATE SET held_at = excluded.held_at, released_at = NULL
WHERE holds.released_at IS NOT NULL;

-- name: release_holds(signature_id, now)!
UPDATE holds
   SET released_at = :now
 WHERE signature_id = :signature_id
   AND released_at IS NULL;

-- name: list_holds(signature_id)
SELECT source
  FROM holds
 WHERE signature_id = :signature_id
   AND released_at IS NULL
 ORDER BY held_at, source;

-- name: get_submission_digest(statement_id, key)^
SELECT digest
  FROM submissions
 WHERE statement_id = :statement_id AND key = :key;

-- name: add_submission_key(statement_id, key, digest, signature_id, now)!
INSERT INTO submissions (statement_id, key, digest, signature_id, created_at)
VALUES (:statement_id, :key, :digest, :signature_id, :now)
ON CONFLICT DO NOTHING;

-- name: count_code_attempt(statement_id, key, most)^
-- Returns no row if all attempts are used up or the key is unknown.
UPDATE submissions
   SET code_tries = code_tries + 1
 WHERE statement_id = :statement_id
   AND key = :key
   AND code_tries < :most
RETURNING signature_id;

-- name: prune_submission_keys(before)!
DELETE FROM submissions
 WHERE created_at < :before;

-- name: add_subscription(signature_id, partner_id, wording_id)!
INSERT INTO subscriptions (signature_id, partner_id, wording_id)
VALUES (:signature_id, :partner_id, :wording_id);

-- name: confirm_subscriptions(signature_id, now)!
UPDATE subscriptions
   SET confirmed_at = :now
 WHERE signature_id = :signature_id
   AND confirmed_at IS NULL
   AND withdrawn_at IS NULL;

-- name: end_subscription(signature_id, partner_id, now)!
UPDATE subscriptions
   SET withdrawn_at = :now
 WHERE signature_id = :signature_id
   AND (:partner_id IS NULL OR partner_id = :partner_id)
   AND withdrawn_at IS NULL;

-- name: erase_subscriptions(signature_id)!
DELETE FROM subscriptions
 WHERE signature_id = :signature_id;

-- name: list_subscriptions(signature_id)
SELECT subscriptions.partner_id, partners.slug AS partner, partners.name, wordings.body AS wording, wordings.locale,
       wordings.created_at AS worded_at, subscriptions.confirmed_at, subscriptions.withdrawn_at
  FROM subscriptions
  JOIN wordings ON wordings.id = subscriptions.wording_id
  LEFT JOIN partners ON partners.id = subscriptions.partner_id
 WHERE subscriptions.signature_id = :signature_id
 ORDER BY subscriptions.partner_id;

-- name: count_subscribers(statement_id, partner_id)^
SELECT count(*) AS live
  FROM subscriptions
  JOIN signatures ON signatures.id = subscriptions.signature_id
 WHERE subscriptions.partner_id = :partner_id
   AND subscriptions.confirmed_at IS NOT NULL
   AND subscriptions.withdrawn_at IS NULL
   AND signatures.statement_id = :statement_id
   AND signatures.state = 'confirmed';

-- name: list_subscribers(statement_id, partner_id, after, fence, most)
-- Confirmed subscriptions of confirmed signatures whose address is kept.
SELECT subscriptions.signature_id AS id, signatures.name, wordings.locale, wordings.body AS wording,
       subscriptions.confirmed_at AS agreed_at, partners.slug AS partner, contacts.sealed
  FROM subscriptions
  JOIN signatures ON signatures.id = subscriptions.signature_id
  JOIN wordings ON wordings.id = subscriptions.wording_id
  JOIN contacts ON contacts.signature_id = subscriptions.signature_id
  LEFT JOIN partners ON partners.id = subscriptions.partner_id
 WHERE subscriptions.signature_id > :after
   AND subscriptions.signature_id <= :fence
   AND subscriptions.partner_id = :partner_id
   AND subscriptions.confirmed_at IS NOT NULL
   AND subscriptions.withdrawn_at IS NULL
   AND signatures.statement_id = :statement_id
   AND signatures.state = 'confirmed'
 ORDER BY subscriptions.signature_id
 LIMIT :most;
