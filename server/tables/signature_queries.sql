-- name: list_number_end(statement_id, others_from, no_end, now)$
-- The end of the public list numbers: no row before list_from, founders only until names are released.
SELECT CASE WHEN names_from IS NULL OR names_released_at IS NOT NULL THEN :no_end ELSE :others_from END
  FROM statements
 WHERE id = :statement_id
   AND (list_from IS NULL OR list_from <= :now);

-- name: page(statement_id, after, until, like, most)
-- The index contains name_key and visibility, so a search reads only matching rows.
SELECT {signatory}
  FROM signatures
 WHERE statement_id = :statement_id
   AND visibility <> 'counted'
   AND (state = 'confirmed' OR (state = 'withdrawn' AND withdrawal_shown = 1 AND held_at IS NULL))
   AND list_number > :after
   AND list_number < :until
   AND name_key LIKE :like
   AND (:like = '%' OR visibility = 'name')
 ORDER BY list_number
 LIMIT :most;

-- name: page_of_kind(statement_id, kind, after, until, like, most)
-- The plus keeps SQLite from choosing the index without kind: it overrates a range with two ends.
SELECT {signatory}
  FROM signatures
 WHERE statement_id = :statement_id
   AND kind = :kind
   AND visibility <> 'counted'
   AND (state = 'confirmed' OR (state = 'withdrawn' AND withdrawal_shown = 1 AND held_at IS NULL))
   AND list_number > :after
   AND +list_number < :until
   AND name_key LIKE :like
   AND (:like = '%' OR visibility = 'name')
 ORDER BY list_number
 LIMIT :most;

-- name: list_latest_names(statement_id, others_from, until, most)
SELECT {signatory}
  FROM signatures
 WHERE statement_id = :statement_id
   AND visibility <> 'counted'
   AND state = 'confirmed'
   AND list_number > :others_from
   AND list_number < :until
 ORDER BY list_number DESC
 LIMIT :most;

-- name: count_anonymised(statement_id)$
SELECT count(*)
  FROM signatures
 WHERE statement_id = :statement_id
   AND anonymised_at IS NOT NULL
   AND state = 'confirmed';

-- name: count_signatories_without_founders(statement_id, others_from)$
SELECT count(*)
  FROM signatures
 WHERE statement_id = :statement_id
   AND visibility <> 'counted'
   AND state = 'confirmed'
   AND list_number > :others_from;

-- name: list_founders(statement_id)
SELECT {founder}, CASE WHEN kind = 'organisation' THEN organisation ELSE name END AS name,
       email_key IS NOT NULL AS is_known
  FROM signatures
 WHERE statement_id = :statement_id
   AND founding_place IS NOT NULL
 ORDER BY list_number;

-- name: get_founder(statement_id, signature_id)^
SELECT {founder}, CASE WHEN kind = 'organisation' THEN organisation ELSE name END AS name,
       email_key IS NOT NULL AS is_known
  FROM signatures
 WHERE id = :signature_id
   AND statement_id = :statement_id
   AND founding_place IS NOT NULL
   AND state IN ('confirmed', 'held');

-- name: count_live_founders(statement_id)$
SELECT count(*)
  FROM signatures
 WHERE statement_id = :statement_id
   AND founding_place IS NOT NULL
   AND state IN ('confirmed', 'held');

-- name: count_confirmed_founders(statement_id)$
SELECT count(*)
  FROM signatures
 WHERE statement_id = :statement_id
   AND founding_place IS NOT NULL
   AND state = 'confirmed';

-- name: list_lines(statement_id)
SELECT founding_key
  FROM signatures
 WHERE statement_id = :statement_id
   AND founding_key IS NOT NULL;

-- name: list_organisations(statement_id)
SELECT organisation_key
  FROM signatures
 WHERE statement_id = :statement_id
   AND kind = 'organisation'
   AND state = 'confirmed' AND visibility <> 'counted';

-- name: list_by_age(statement_id, like, domain, partner_id, locale, kind, state, since, until, floor, before, most)
-- All signatures that were ever confirmed. The index covers the filters, so other rows are not read.
SELECT {desk}
  FROM signatures
 WHERE statement_id = :statement_id
   AND confirmed_at IS NOT NULL
   AND id >= :floor AND id < :before
   AND signed_at >= :since AND signed_at < :until
   AND (:state IS NULL OR state = :state)
   AND (:kind IS NULL OR kind = :kind)
   AND (:locale IS NULL OR locale = :locale)
   AND (:partner_id IS NULL OR partner_id = :partner_id)
   AND (:domain IS NULL OR mail_domain = :domain)
   AND (:like IS NULL OR search_key LIKE :like)
 ORDER BY id DESC
 LIMIT :most;

-- name: list_of_partner(statement_id, partner_id, locale, kind, state, since, until, floor, before, most)
-- The same for one partner, which may have few signatures.
SELECT {desk}
  FROM signatures
 WHERE statement_id = :statement_id
   AND confirmed_at IS NOT NULL
   AND partner_id = :partner_id
   AND id >= :floor AND id < :before
   AND signed_at >= :since AND signed_at < :until
   AND (:state IS NULL OR state = :state)
   AND (:kind IS NULL OR kind = :kind)
   AND (:locale IS NULL OR locale = :locale)
 ORDER BY id DESC
 LIMIT :most;

-- name: list_of_domain(statement_id, domain, partner_id, locale, kind, state, since, until, floor, before, most)
-- The same for one mail domain, while it is stored.
SELECT {desk}
  FROM signatures
 WHERE statement_id = :statement_id
   AND confirmed_at IS NOT NULL
   AND mail_domain = :domain
   AND id >= :floor AND id < :before
   AND signed_at >= :since AND signed_at < :until
   AND (:state IS NULL OR state = :state)
   AND (:kind IS NULL OR kind = :kind)
   AND (:locale IS NULL OR locale = :locale)
   AND (:partner_id IS NULL OR partner_id = :partner_id)
 ORDER BY id DESC
 LIMIT :most;

-- name: list_not_listed(statement_id, locale, kind, state, since, until, floor, before, most)
-- The same for held, withdrawn or removed signatures.
SELECT {desk}
  FROM signatures
 WHERE statement_id = :statement_id
   AND confirmed_at IS NOT NULL
   AND state <> 'confirmed'
   AND state = :state
   AND id >= :floor AND id < :before
   AND signed_at >= :since AND signed_at < :until
   AND (:kind IS NULL OR kind = :kind)
   AND (:locale IS NULL OR locale = :locale)
 ORDER BY id DESC
 LIMIT :most;

-- name: list_unconfirmed(statement_id, domain, partner_id, locale, kind, since, until, floor, before, most)
-- Signatures that are pending, or were removed while pending.
SELECT {desk}
  FROM signatures
 WHERE statement_id = :statement_id
   AND confirmed_at IS NULL
   AND id >= :floor AND id < :before
   AND signed_at >= :since AND signed_at < :until
   AND (:kind IS NULL OR kind = :kind)
   AND (:locale IS NULL OR locale = :locale)
   AND (:partner_id IS NULL OR partner_id = :partner_id)
   AND (:domain IS NULL OR mail_domain = :domain)
 ORDER BY id DESC
 LIMIT :most;

-- name: list_found(statement_id, like, domain, partner_id, locale, kind, state, since, until, floor, before, window, most)
-- Text matches within the window, then the other filters; CROSS JOIN keeps this order in SQLite.
SELECT {signatures.desk}
  FROM (SELECT id
          FROM searched
         WHERE search_key LIKE :like
           AND id >= :floor AND id < :before
         ORDER BY id DESC
         LIMIT :window) AS found
  CROSS JOIN signatures
 WHERE signatures.id = found.id
   AND statement_id = :statement_id
   AND confirmed_at IS NOT NULL
   AND signed_at >= :since AND signed_at < :until
   AND (:state IS NULL OR state = :state)
   AND (:kind IS NULL OR kind = :kind)
   AND (:locale IS NULL OR locale = :locale)
   AND (:partner_id IS NULL OR partner_id = :partner_id)
   AND (:domain IS NULL OR mail_domain = :domain)
 ORDER BY signatures.id DESC
 LIMIT :most;

-- name: find_window(like, floor, before, window)^
-- How far back the window of list_found reached.
SELECT min(id) AS lowest, count(*) AS many
  FROM (SELECT id
          FROM searched
         WHERE search_key LIKE :like
           AND id >= :floor AND id < :before
         ORDER BY id DESC
         LIMIT :window) AS found;

-- name: list_signatures_of_address(statement_id, email_key, most)
SELECT {desk}
  FROM signatures
 WHERE statement_id = :statement_id
   AND email_key = :email_key
 ORDER BY id DESC
 LIMIT :most;

-- name: list_held_signatures(statement_id, kind, held_at, after, most)
SELECT {desk}
  FROM signatures
 WHERE statement_id = :statement_id
   AND kind = :kind
   AND state = 'held'
   AND (held_at, id) > (:held_at, :after)
 ORDER BY held_at, id
 LIMIT :most;

-- name: find_at(id)^
-- The first row with at least this id.
SELECT id, signed_at
  FROM signatures
 WHERE id >= :id
 ORDER BY id
 LIMIT 1;

-- name: find_highest()$
SELECT coalesce(max(id), 0)
  FROM signatures;

-- name: is_text_signed(statement_id, text_id)^
-- A text counts as signed if any version in its language is signed.
SELECT signatures.id
  FROM statement_texts AS asked
  JOIN statement_texts AS signed ON signed.statement_id = asked.statement_id AND signed.locale = asked.locale
  JOIN signatures ON signatures.text_id = signed.id
 WHERE asked.id = :text_id
   AND asked.statement_id = :statement_id
   AND signatures.confirmed_at IS NOT NULL
   AND signatures.founding_place IS NULL
 LIMIT 1;

-- name: list_news_recipients(statement_id, after, most)
-- Newsletter subscribers with a stored address.
SELECT signatures.statement_id, signatures.id AS signature_id, signatures.locale, signatures.email_key,
       contacts.sealed AS sealed_to
  FROM contacts
  JOIN signatures ON signatures.id = contacts.signature_id
 WHERE contacts.signature_id > :after
   AND signatures.statement_id = :statement_id
   AND signatures.state = 'confirmed'
   AND signatures.newsletter = 1
   AND signatures.email_key IS NOT NULL
 ORDER BY contacts.signature_id
 LIMIT :most;

-- name: was_confirmed_before(statement_id, email_key, name_key)^
SELECT id
  FROM signatures
 WHERE statement_id = :statement_id
   AND email_key = :email_key
   AND name_key = :name_key
   AND confirmed_at IS NOT NULL
 LIMIT 1;

-- name: is_organisation_listed(statement_id, organisation_key)^
SELECT id
  FROM signatures
 WHERE statement_id = :statement_id
   AND organisation_key = :organisation_key
   AND kind = 'organisation'
   AND state = 'confirmed' AND visibility <> 'counted';

-- name: find_signature_record(signature_id)^
-- The data about one person under readable names, with the rows that its keys refer to.
SELECT signatures.id AS number, signatures.kind, {signatures.line},
       signatures.locale AS language, visibility, signatures.newsletter, domain_proved AS website_proved,
       name_key AS name_for_comparing, organisation_key AS organisation_for_comparing,
       founding_key AS founding_line_for_comparing, email_key AS address_as_a_key, key_version, mailbox_seat,
       mail_domain AS mail_domain_as_a_key, network_tag, script, search_key AS line_for_searching,
       partners.slug AS partner, founding_place, list_number, signed_at, confirmed_at, listed_confirmed_at, held_at,
       removed_at, withdrawn_at, withdrawal_shown, reminded_at, changed_at, state, invitations.source AS invited_from,
       wordings.body AS consent, wordings.locale AS consent_language, wordings.created_at AS consent_worded_at
  FROM signatures
  LEFT JOIN partners ON partners.id = signatures.partner_id
  LEFT JOIN wordings ON wordings.id = signatures.consent_id
  LEFT JOIN invitees ON invitees.signature_id = signatures.id
  LEFT JOIN invitations ON invitations.id = invitees.invitation_id
 WHERE signatures.id = :signature_id;

-- name: list_own_signature_ids(statement_id, email_key, most)
-- Every row that was confirmed and that its signer may want to erase; confirmed and held ones first.
SELECT id
  FROM (SELECT id
          FROM signatures
         WHERE statement_id = :statement_id
           AND email_key = :email_key
           AND confirmed_at IS NOT NULL
           AND anonymised_at IS NULL
         ORDER BY CASE WHEN state IN ('confirmed', 'held') THEN 0 ELSE 1 END, id DESC
         LIMIT :most) AS chosen
 ORDER BY id;

-- name: list_with_personal_data(statement_id, most)
-- Rows with personal data: those with an address key, and founders without one whose line is off the list or shows no
-- name.
SELECT id, email_key
  FROM signatures
 WHERE statement_id = :statement_id
   AND (email_key IS NOT NULL
        OR (founding_place IS NOT NULL AND anonymised_at IS NULL
            AND (visibility <> 'name' OR state IN ('removed', 'withdrawn'))))
 LIMIT :most;

-- name: list_signatures_by_state(statement_id, state, after, most)
SELECT id, kind, name, title, affiliation, organisation, website, state, founding_place, signed_at, confirmed_at
  FROM signatures
 WHERE statement_id = :statement_id
   AND (:state IS NULL OR state = :state)
   AND id > :after
 ORDER BY id
 LIMIT :most;

-- name: list_public_lines(after, most)
SELECT id, statement_id, {texts}
  FROM signatures
 WHERE id > :after
   AND removed_at IS NULL
   AND withdrawn_at IS NULL
 ORDER BY id
 LIMIT :most;

-- name: get_highest_id(statement_id)$
SELECT coalesce(max(id), 0)
  FROM signatures
 WHERE statement_id = :statement_id;

-- name: list_dump_batch(statement_id, filters, after, fence, most)
-- Everything that was ever confirmed, ordered by id; pending rows are no signatures yet. The plus keeps SQLite from
-- using an index on the statement, with which it would read and sort all remaining rows for each batch.
SELECT signatures.id, statements.slug AS statement, signatures.kind, {signatures.exported},
       signatures.newsletter, visibility, state, founding_place,
       partners.slug AS partner, signatures.locale, statement_texts.sha256 AS text_sha256, signed_at, confirmed_at,
       withdrawn_at, contacts.sealed
  FROM signatures
  JOIN statements ON statements.id = signatures.statement_id
  JOIN statement_texts ON statement_texts.id = signatures.text_id
  LEFT JOIN partners ON partners.id = signatures.partner_id
  LEFT JOIN contacts ON contacts.signature_id = signatures.id
 WHERE +signatures.statement_id = :statement_id
   AND signatures.id > :after
   AND signatures.id <= :fence
   AND confirmed_at IS NOT NULL
   AND (:filters.kind IS NULL OR signatures.kind = :filters.kind)
   AND (:filters.state IS NULL OR state = :filters.state)
   AND (:filters.partner IS NULL OR partners.slug = :filters.partner)
   AND (:filters.locale IS NULL OR signatures.locale = :filters.locale)
   AND (:filters.since_at IS NULL OR confirmed_at >= :filters.since_at)
   AND (:filters.until_at IS NULL OR confirmed_at < :filters.until_at)
 ORDER BY signatures.id
 LIMIT :most;

-- name: find_last_change(statement_id, until)^
SELECT changed_at, id
  FROM signatures
 WHERE statement_id = :statement_id
   AND changed_at <= :until
   AND confirmed_at IS NOT NULL
 ORDER BY changed_at DESC, id DESC
 LIMIT 1;

-- name: list_changed_signatures(statement_id, filters, after, upto, most)
-- The same rows in the order of their changes, from an index.
SELECT signatures.id, statements.slug AS statement, signatures.kind, {signatures.exported},
       signatures.newsletter, visibility, state, founding_place,
       partners.slug AS partner, signatures.locale, statement_texts.sha256 AS text_sha256, signed_at, confirmed_at,
       withdrawn_at, contacts.sealed, changed_at
  FROM signatures
  JOIN statements ON statements.id = signatures.statement_id
  JOIN statement_texts ON statement_texts.id = signatures.text_id
  LEFT JOIN partners ON partners.id = signatures.partner_id
  LEFT JOIN contacts ON contacts.signature_id = signatures.id
 WHERE signatures.statement_id = :statement_id
   AND (changed_at, signatures.id) > (:after.changed_at, :after.id)
   AND (changed_at, signatures.id) <= (:upto.changed_at, :upto.id)
   AND confirmed_at IS NOT NULL
   AND (:filters.kind IS NULL OR signatures.kind = :filters.kind)
   AND (:filters.state IS NULL OR state = :filters.state)
   AND (:filters.partner IS NULL OR partners.slug = :filters.partner)
   AND (:filters.locale IS NULL OR signatures.locale = :filters.locale)
   AND (:filters.since_at IS NULL OR confirmed_at >= :filters.since_at)
   AND (:filters.until_at IS NULL OR confirmed_at < :filters.until_at)
 ORDER BY changed_at, signatures.id
 LIMIT :most;
