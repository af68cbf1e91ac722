-- name: page(statement_id, after, most)
SELECT list_number, kind, name, title, affiliation, organisation, website, city, country, comment, founding_place
  FROM signatures
 WHERE statement_id = :statement_id
   AND state = 'confirmed' AND visibility <> 'counted'
   AND list_number > :after
 ORDER BY list_number
 LIMIT :most;

-- name: page_of_kind(statement_id, kind, after, most)
SELECT list_number, kind, name, title, affiliation, organisation, website, city, country, comment, founding_place
  FROM signatures
 WHERE statement_id = :statement_id
   AND kind = :kind
   AND state = 'confirmed' AND visibility <> 'counted'
   AND list_number > :after
 ORDER BY list_number
 LIMIT :most;
