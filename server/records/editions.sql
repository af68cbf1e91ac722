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
-- Whoever is on the founding list has never given an address. Few addresses are kept, so that is where it begins.
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
SELECT signatures.id, signatures.locale, signatures.email_key, contacts.sealed
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
