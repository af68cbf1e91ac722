-- name: find_signed(statement_id, text_id)^
-- A version that goes on with a signed one is as frozen as that.
SELECT signatures.id
  FROM statement_texts AS asked
  JOIN statement_texts AS signed ON signed.statement_id = asked.statement_id AND signed.locale = asked.locale
  JOIN signatures ON signatures.text_id = signed.id
 WHERE asked.id = :text_id
   AND asked.statement_id = :statement_id
   AND signatures.confirmed_at IS NOT NULL
   AND signatures.founding_place IS NULL
 LIMIT 1;

-- name: list_readers(statement_id, after, most)
-- Who asked for news and can be written to.
SELECT signatures.id, signatures.locale, signatures.email_key, contacts.sealed
  FROM contacts
  JOIN signatures ON signatures.id = contacts.signature_id
 WHERE contacts.signature_id > :after
   AND signatures.statement_id = :statement_id
   AND signatures.state = 'confirmed'
   AND signatures.newsletter = 1
   AND signatures.email_key IS NOT NULL
 ORDER BY contacts.signature_id
 LIMIT :most;

-- name: find_stood(statement_id, email_key, name_key)^
SELECT id
  FROM signatures
 WHERE statement_id = :statement_id
   AND email_key = :email_key
   AND name_key = :name_key
   AND confirmed_at IS NOT NULL
 LIMIT 1;

-- name: find_organisation(statement_id, organisation_key)^
SELECT id
  FROM signatures
 WHERE statement_id = :statement_id
   AND organisation_key = :organisation_key
   AND kind = 'organisation'
   AND state = 'confirmed' AND visibility <> 'counted';

-- name: find_record(id)^
-- What stands about one person, under names that they can read, beside what the keys in the row lead to.
SELECT signatures.id AS number, signatures.kind, signatures.name, title, affiliation, organisation, website, city,
       country, comment, signatures.locale AS language, visibility, signatures.newsletter, domain_proved AS website_proved,
       name_key AS name_for_comparing, organisation_key AS organisation_for_comparing,
       founding_key AS founding_line_for_comparing, email_key AS address_as_a_key, key_version, mailbox_seat,
       mail_domain AS mail_domain_as_a_key, network_tag, script, search_key AS line_for_searching,
       partners.slug AS partner, founding_place, list_number, signed_at, confirmed_at, listed_confirmed_at, held_at, removed_at, withdrawn_at, withdrawal_shown, reminded_at,
       changed_at, state,
       wordings.body AS consent, wordings.locale AS consent_language, wordings.created_at AS consent_worded_at
  FROM signatures
  LEFT JOIN partners ON partners.id = signatures.partner_id
  LEFT JOIN wordings ON wordings.id = signatures.consent_id
 WHERE signatures.id = :id;

-- name: list_own(statement_id, email_key, most)
-- Every row that its signer may still want to see erased, whatever became of it; those that stand first.
SELECT id
  FROM signatures
 WHERE statement_id = :statement_id
   AND email_key = :email_key
   AND confirmed_at IS NOT NULL
   AND anonymised_at IS NULL
 ORDER BY CASE WHEN state IN ('confirmed', 'held') THEN 0 ELSE 1 END, id DESC
 LIMIT :most;

-- name: list_personal(statement_id, most)
-- Who can still be told: what was erased has no key any more. Founders who were never asked had none, and those whose
-- address went have none left: of them all whose line is off the list, or shows no name.
SELECT id, email_key
  FROM signatures
 WHERE statement_id = :statement_id
   AND (email_key IS NOT NULL
        OR (founding_place IS NOT NULL AND anonymised_at IS NULL
            AND (visibility <> 'name' OR state IN ('removed', 'withdrawn'))))
 LIMIT :most;

-- name: list_by_state(statement_id, state, after, most)
SELECT id, kind, name, title, affiliation, organisation, website, state, founding_place, signed_at, confirmed_at
  FROM signatures
 WHERE statement_id = :statement_id
   AND (:state IS NULL OR state = :state)
   AND id > :after
 ORDER BY id
 LIMIT :most;
