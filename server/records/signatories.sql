-- name: page(statement_id, after, like, most)
-- The index holds the names too, so that a search reads rows only for what it finds.
SELECT list_number, kind, name, title, affiliation, organisation, website, city, country, comment, founding_place
  FROM signatures
 WHERE statement_id = :statement_id
   AND state = 'confirmed' AND visibility <> 'counted'
   AND list_number > :after
   AND name_key LIKE :like
 ORDER BY list_number
 LIMIT :most;

-- name: page_of_kind(statement_id, kind, after, like, most)
SELECT list_number, kind, name, title, affiliation, organisation, website, city, country, comment, founding_place
  FROM signatures
 WHERE statement_id = :statement_id
   AND kind = :kind
   AND state = 'confirmed' AND visibility <> 'counted'
   AND list_number > :after
   AND name_key LIKE :like
 ORDER BY list_number
 LIMIT :most;

-- name: latest(statement_id, most)
SELECT coalesce(organisation, name) AS shown
  FROM signatures
 WHERE statement_id = :statement_id
   AND state = 'confirmed' AND visibility <> 'counted'
   AND founding_place IS NULL
 ORDER BY list_number DESC
 LIMIT :most;
