-- name: fence(statement_id)$
SELECT coalesce(max(id), 0)
  FROM signatures
 WHERE statement_id = :statement_id;

-- name: batch(statement_id, after, fence, most)
-- Everything that was ever confirmed, in the order of ids; pending rows are not signatures yet.
SELECT signatures.id, statements.slug AS statement, signatures.kind, signatures.name, signatures.title, affiliation,
       organisation, website, city, country, comment, signatures.newsletter, visibility, state, founding_place,
       partners.slug AS partner, signatures.locale, statement_texts.sha256 AS text_sha256, signed_at, confirmed_at,
       withdrawn_at, contacts.sealed
  FROM signatures
  JOIN statements ON statements.id = signatures.statement_id
  JOIN statement_texts ON statement_texts.id = signatures.text_id
  LEFT JOIN partners ON partners.id = signatures.partner_id
  LEFT JOIN contacts ON contacts.signature_id = signatures.id
 WHERE signatures.statement_id = :statement_id
   AND signatures.id > :after
   AND signatures.id <= :fence
   AND confirmed_at IS NOT NULL
 ORDER BY signatures.id
 LIMIT :most;
