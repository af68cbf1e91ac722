-- name: add(subject, hour, dimension, value, shard, submitted, mailed, confirmed, held, withdrawn, removed)!
INSERT INTO tallies
  (statement_id, partner_id, kind, hour, dimension, value, shard,
   submitted, mailed, confirmed, held, withdrawn, removed)
VALUES
  (:subject.statement_id, coalesce(:subject.partner_id, 0), :subject.kind, :hour, :dimension, :value, :shard,
   :submitted, :mailed, :confirmed, :held, :withdrawn, :removed)
ON CONFLICT (statement_id, dimension, hour, value, partner_id, kind, shard) DO UPDATE
   SET submitted = tallies.submitted + excluded.submitted,
       mailed = tallies.mailed + excluded.mailed,
       confirmed = tallies.confirmed + excluded.confirmed,
       held = tallies.held + excluded.held,
       withdrawn = tallies.withdrawn + excluded.withdrawn,
       removed = tallies.removed + excluded.removed;

-- name: delete_empty(subject, dimension, value)!
-- A zero would still show that somebody was counted here. The rows of all shards are deleted together.
DELETE FROM tallies
 WHERE statement_id = :subject.statement_id AND dimension = :dimension AND hour = 0 AND value = :value
   AND partner_id = coalesce(:subject.partner_id, 0) AND kind = :subject.kind
   AND (SELECT sum(shards.confirmed)
          FROM tallies AS shards
         WHERE shards.statement_id = :subject.statement_id AND shards.dimension = :dimension AND shards.hour = 0
           AND shards.value = :value AND shards.partner_id = coalesce(:subject.partner_id, 0) AND shards.kind = :subject.kind) = 0;

-- name: get_counts(statement_id)^
-- Hour 0 has the current totals by state, the other hours count events.
SELECT coalesce(sum(CASE WHEN kind = 'individual' THEN confirmed ELSE 0 END), 0) AS individuals,
       coalesce(sum(CASE WHEN kind = 'organisation' THEN confirmed ELSE 0 END), 0) AS organisations,
       coalesce(sum(held), 0) AS awaiting_review
  FROM tallies
 WHERE statement_id = :statement_id AND dimension = 'all' AND hour = 0;

-- name: get_partner_counts(statement_id, since)
-- Hour 0 has the current totals, the hours from since on count recent confirmations.
SELECT partner_id,
       sum(CASE WHEN hour = 0 AND kind = 'individual' THEN confirmed ELSE 0 END) AS individuals,
       sum(CASE WHEN hour = 0 AND kind = 'organisation' THEN confirmed ELSE 0 END) AS organisations,
       sum(CASE WHEN hour = 0 THEN held ELSE 0 END) AS awaiting_review,
       sum(CASE WHEN hour > 0 THEN confirmed ELSE 0 END) AS lately
  FROM tallies
 WHERE statement_id = :statement_id AND dimension = 'all' AND (hour = 0 OR hour >= :since / 3600)
 GROUP BY partner_id;

-- name: list_hours(statement_id, partner_id, since)
SELECT hour * 3600 AS start, sum(confirmed) AS confirmed
  FROM tallies
 WHERE statement_id = :statement_id AND dimension = 'all' AND hour >= :since / 3600 AND partner_id = :partner_id
 GROUP BY hour
HAVING sum(confirmed) > 0
 ORDER BY hour;

-- name: list_countries(statement_id, partner_id, least)
SELECT value AS country, sum(confirmed) AS confirmed
  FROM tallies
 WHERE statement_id = :statement_id AND dimension = 'country' AND hour = 0 AND partner_id = :partner_id
 GROUP BY value
HAVING sum(confirmed) >= :least
 ORDER BY sum(confirmed) DESC, value;

-- name: list_drift()
-- Counters that disagree with the signatures, in either direction.
SELECT statement_id, partner_id, kind, what, value, sum(counted) AS counted, sum(kept) AS kept
  FROM (SELECT statement_id, coalesce(partner_id, 0) AS partner_id, kind, state AS what, '' AS value, 1 AS counted,
               0 AS kept
          FROM signatures
         WHERE state IN ('confirmed', 'held')
        UNION ALL
        SELECT statement_id, coalesce(partner_id, 0), kind, 'locale', locale, 1, 0
          FROM signatures
         WHERE state = 'confirmed'
        UNION ALL
        SELECT statement_id, coalesce(partner_id, 0), kind, 'country', country, 1, 0
          FROM signatures
         WHERE state = 'confirmed' AND country IS NOT NULL
        UNION ALL
        SELECT statement_id, coalesce(partner_id, 0), kind, 'hour', CAST(confirmed_at / 3600 AS TEXT), 1, 0
          FROM signatures
         WHERE state = 'confirmed'
        UNION ALL
        SELECT statement_id, partner_id, kind, 'confirmed', '', 0, confirmed
          FROM tallies
         WHERE dimension = 'all' AND hour = 0
        UNION ALL
        SELECT statement_id, partner_id, kind, 'held', '', 0, held
          FROM tallies
         WHERE dimension = 'all' AND hour = 0
        UNION ALL
        SELECT statement_id, partner_id, kind, dimension, value, 0, confirmed
          FROM tallies
         WHERE dimension <> 'all'
        UNION ALL
        SELECT statement_id, partner_id, kind, 'hour', CAST(hour AS TEXT), 0, confirmed
          FROM tallies
         WHERE dimension = 'all' AND hour > 0) AS both_sides
 GROUP BY statement_id, partner_id, kind, what, value
HAVING sum(counted) <> sum(kept)
 ORDER BY statement_id, partner_id, kind, what, value;
