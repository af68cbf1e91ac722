-- name: find_end(statement_id, others_from, no_end, now)$
-- Below which list number the public may read: nobody before the list's day, founders alone until names are released.
SELECT CASE WHEN names_from IS NULL OR names_released_at IS NOT NULL THEN :no_end ELSE :others_from END
  FROM statements
 WHERE id = :statement_id
   AND (list_from IS NULL OR list_from <= :now);

-- name: page(statement_id, after, until, like, most)
-- The index holds names and who hides theirs, so that a search reads rows only for what it finds.
SELECT list_number, kind, name, title, affiliation, organisation, website, city, country, comment, visibility,
       founding_place, withdrawn_at, text_id
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
-- The plus keeps SQLite from the index without kinds: a range with two ends looks so short that any index would do.
SELECT list_number, kind, name, title, affiliation, organisation, website, city, country, comment, visibility,
       founding_place, withdrawn_at, text_id
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

-- name: latest(statement_id, others_from, until, most)
SELECT list_number, kind, name, title, affiliation, organisation, website, city, country, comment, visibility,
       founding_place, withdrawn_at, text_id
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

-- name: count_waiting(statement_id, others_from)$
SELECT count(*)
  FROM signatures
 WHERE statement_id = :statement_id
   AND visibility <> 'counted'
   AND state = 'confirmed'
   AND list_number > :others_from;
