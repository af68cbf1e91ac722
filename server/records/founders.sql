-- name: list_of(statement_id)
SELECT id, kind, name, title, affiliation, organisation, state, visibility, founding_place, list_number, email_key,
       listed_confirmed_at
  FROM signatures
 WHERE statement_id = :statement_id
   AND founding_place IS NOT NULL
 ORDER BY list_number;

-- name: get_live(statement_id, id)^
SELECT id, kind, name, title, affiliation, organisation, state, visibility, founding_place, list_number, email_key,
       listed_confirmed_at
  FROM signatures
 WHERE id = :id
   AND statement_id = :statement_id
   AND founding_place IS NOT NULL
   AND state IN ('confirmed', 'held');

-- name: count_live(statement_id)$
SELECT count(*)
  FROM signatures
 WHERE statement_id = :statement_id
   AND founding_place IS NOT NULL
   AND state IN ('confirmed', 'held');

-- name: count_confirmed(statement_id)$
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
