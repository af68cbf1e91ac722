-- name: fence(statement_id)$
SELECT coalesce(max(id), 0)
  FROM signatures
 WHERE statement_id = :statement_id;

-- name: batch(statement_id, kind, state, partner, locale, since_at, until_at, after, fence, most)
-- Everything that was ever confirmed, in the order of ids; pending rows are not signatures yet. The plus keeps SQLite
-- from the indexes of the statement: by those it would read and sort all that is left for each batch.
SELECT signatures.id, statements.slug AS statement, signatures.kind, signatures.name, signatures.title, affiliation,
       organisation, website, city, country, comment, signatures.newsletter, visibility, state, founding_place,
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
   AND (:kind IS NULL OR signatures.kind = :kind)
   AND (:state IS NULL OR state = :state)
   AND (:partner IS NULL OR partners.slug = :partner)
   AND (:locale IS NULL OR signatures.locale = :locale)
   AND (:since_at IS NULL OR confirmed_at >= :since_at)
   AND (:until_at IS NULL OR confirmed_at < :until_at)
 ORDER BY signatures.id
 LIMIT :most;

-- name: last_change(statement_id, until)^
SELECT changed_at, id
  FROM signatures
 WHERE statement_id = :statement_id
   AND changed_at <= :until
   AND confirmed_at IS NOT NULL
 ORDER BY changed_at DESC, id DESC
 LIMIT 1;

-- name: changed(statement_id, kind, state, partner, locale, since_at, until_at, after_at, after_id, upto_at, upto_id, most)
-- The same rows in the order in which they have changed, which an index has.
SELECT signatures.id, statements.slug AS statement, signatures.kind, signatures.name, signatures.title, affiliation,
       organisation, website, city, country, comment, signatures.newsletter, visibility, state, founding_place,
       partners.slug AS partner, signatures.locale, statement_texts.sha256 AS text_sha256, signed_at, confirmed_at,
       withdrawn_at, contacts.sealed, changed_at
  FROM signatures
  JOIN statements ON statements.id = signatures.statement_id
  JOIN statement_texts ON statement_texts.id = signatures.text_id
  LEFT JOIN partners ON partners.id = signatures.partner_id
  LEFT JOIN contacts ON contacts.signature_id = signatures.id
 WHERE signatures.statement_id = :statement_id
   AND (changed_at, signatures.id) > (:after_at, :after_id)
   AND (changed_at, signatures.id) <= (:upto_at, :upto_id)
   AND confirmed_at IS NOT NULL
   AND (:kind IS NULL OR signatures.kind = :kind)
   AND (:state IS NULL OR state = :state)
   AND (:partner IS NULL OR partners.slug = :partner)
   AND (:locale IS NULL OR signatures.locale = :locale)
   AND (:since_at IS NULL OR confirmed_at >= :since_at)
   AND (:until_at IS NULL OR confirmed_at < :until_at)
 ORDER BY changed_at, signatures.id
 LIMIT :most;
