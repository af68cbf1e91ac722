-- name: add(statement_id, locale, title, place, dated, eligibility, body, sha256, change, reason, now)$
INSERT INTO statement_texts
  (statement_id, locale, version, title, place, dated, eligibility, body, sha256, change, reason, created_at)
VALUES
  (:statement_id, :locale,
   (SELECT coalesce(max(version), 0) + 1
      FROM statement_texts
     WHERE statement_id = :statement_id AND locale = :locale),
   :title, :place, :dated, :eligibility, :body, :sha256, :change, :reason, :now)
RETURNING id;

-- name: get(text_id)^
SELECT {text}
  FROM statement_texts
 WHERE id = :text_id;

-- name: find_latest(statement_id, locale)^
SELECT {text}
  FROM statement_texts
 WHERE statement_id = :statement_id
   AND locale = :locale
 ORDER BY version DESC
 LIMIT 1;

-- name: replace_text(id, title, place, dated, eligibility, body, sha256, now)!
-- Only while the statement was never open and nobody has signed: an open form refers to the row, not to its words.
UPDATE statement_texts
   SET title = :title, place = :place, dated = :dated, eligibility = :eligibility, body = :body, sha256 = :sha256,
       created_at = :now
 WHERE id = :id
   AND EXISTS (SELECT 1 FROM statements WHERE statements.id = statement_texts.statement_id AND opened_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM signatures WHERE signatures.text_id = statement_texts.id);

-- name: list_latest(statement_id)
-- The latest version in each language, ordered by when the language was added.
SELECT {text}
  FROM statement_texts AS newest
 WHERE statement_id = :statement_id
   AND version = (SELECT max(version)
                    FROM statement_texts AS other
                   WHERE other.statement_id = newest.statement_id AND other.locale = newest.locale)
 ORDER BY (SELECT min(id)
             FROM statement_texts AS first
            WHERE first.statement_id = newest.statement_id AND first.locale = newest.locale);

-- name: list_public(statement_id, locale)
SELECT {text}, change, reason
  FROM statement_texts
 WHERE statement_id = :statement_id
   AND locale = :locale
   AND version >= (SELECT coalesce(min(CASE WHEN EXISTS (SELECT signatures.id
                                                            FROM signatures
                                                           WHERE signatures.text_id = every.id
                                                             AND signatures.confirmed_at IS NOT NULL)
                                            THEN every.version END), max(every.version))
                     FROM statement_texts AS every
                    WHERE every.statement_id = :statement_id AND every.locale = :locale)
 ORDER BY version DESC;

-- name: start_reconsent(statement_id, locale, text_id)!
UPDATE statement_texts
   SET asking_upto = CASE WHEN id = :text_id THEN 0 END
 WHERE statement_id = :statement_id
   AND locale = :locale;

-- name: find_text_to_ask_about()^
-- Signers are asked by email, batch by batch; asking_upto is the highest signature id so far.
SELECT id, statement_id, locale, version, asking_upto
  FROM statement_texts
 WHERE asking_upto IS NOT NULL
 ORDER BY id
 LIMIT 1;

-- name: mark_asked(text_id, was, upto)!
-- Compare-and-set on asking_upto: only one process asks each batch.
UPDATE statement_texts
   SET asking_upto = :upto
 WHERE id = :text_id
   AND asking_upto = :was;

-- name: list_superseded(statement_id)
SELECT id, version, created_at
  FROM statement_texts AS older
 WHERE statement_id = :statement_id
   AND EXISTS (SELECT newer.id
                 FROM statement_texts AS newer
                WHERE newer.statement_id = older.statement_id
                  AND newer.locale = older.locale
                  AND newer.version > older.version
                  AND newer.change = 'substance');

-- name: count_standing(statement_id, locale, below)$
SELECT count(*)
  FROM statement_texts AS signed
  JOIN signatures ON signatures.text_id = signed.id
 WHERE signed.statement_id = :statement_id
   AND signed.locale = :locale
   AND signed.version < :below
   AND signatures.confirmed_at IS NOT NULL
   AND signatures.state IN ('confirmed', 'held');

-- name: count_askable(statement_id, locale, below)$
-- Starts from contacts, because few addresses are kept: CROSS JOIN makes SQLite keep this order.
SELECT count(*)
  FROM contacts
 CROSS JOIN signatures
 CROSS JOIN statement_texts AS signed
 WHERE signatures.id = contacts.signature_id
   AND signed.id = signatures.text_id
   AND signed.statement_id = :statement_id
   AND signed.locale = :locale
   AND signed.version < :below
   AND signatures.confirmed_at IS NOT NULL
   AND signatures.state IN ('confirmed', 'held')
   AND signatures.email_key IS NOT NULL;

-- name: list_to_ask(statement_id, locale, below, after, most)
SELECT signatures.statement_id, signatures.id AS signature_id, signatures.locale, signatures.email_key,
       contacts.sealed AS sealed_to
  FROM contacts
  JOIN signatures ON signatures.id = contacts.signature_id
  JOIN statement_texts AS signed ON signed.id = signatures.text_id
 WHERE contacts.signature_id > :after
   AND signatures.statement_id = :statement_id
   AND signed.locale = :locale
   AND signed.version < :below
   AND signatures.state IN ('confirmed', 'held')
   AND signatures.email_key IS NOT NULL
 ORDER BY contacts.signature_id
 LIMIT :most;

-- name: find_consent_wording(statement_id, locale, which)^
SELECT body
  FROM consent_wordings
 WHERE statement_id = :statement_id AND locale = :locale AND which = :which;

-- name: list_consent_wordings(statement_id)
SELECT locale, which, body
  FROM consent_wordings
 WHERE statement_id = :statement_id
 ORDER BY locale, which;

-- name: set_consent_wording(statement_id, locale, which, body)!
INSERT INTO consent_wordings (statement_id, locale, which, body)
VALUES (:statement_id, :locale, :which, :body)
ON CONFLICT (statement_id, locale, which) DO UPDATE SET body = excluded.body;

-- name: remove_consent_wording(statement_id, locale, which)!
DELETE FROM consent_wordings
 WHERE statement_id = :statement_id AND locale = :locale AND which = :which;

-- name: find_wording(purpose, partner_id, locale, sha256)$
SELECT id
  FROM wordings
 WHERE purpose = :purpose AND locale = :locale AND sha256 = :sha256
   AND statement_id IS NULL AND coalesce(partner_id, 0) = coalesce(:partner_id, 0);

-- name: add_wording(purpose, partner_id, locale, body, sha256, now)$
INSERT INTO wordings (purpose, partner_id, locale, body, sha256, created_at)
VALUES (:purpose, :partner_id, :locale, :body, :sha256, :now)
RETURNING id;
