-- name: add(statement_id, partner_id, kind, hour, dimension, value, shard, submitted, mailed, confirmed, held, withdrawn, removed)!
INSERT INTO tallies
  (statement_id, partner_id, kind, hour, dimension, value, shard,
   submitted, mailed, confirmed, held, withdrawn, removed)
VALUES
  (:statement_id, :partner_id, :kind, :hour, :dimension, :value, :shard,
   :submitted, :mailed, :confirmed, :held, :withdrawn, :removed)
ON CONFLICT (statement_id, dimension, hour, value, partner_id, kind, shard) DO UPDATE
   SET submitted = tallies.submitted + excluded.submitted,
       mailed = tallies.mailed + excluded.mailed,
       confirmed = tallies.confirmed + excluded.confirmed,
       held = tallies.held + excluded.held,
       withdrawn = tallies.withdrawn + excluded.withdrawn,
       removed = tallies.removed + excluded.removed;

-- name: now_of(statement_id)
-- Hour 0 keeps how many stand in each state now; the other hours keep what happened in them.
SELECT kind, sum(confirmed) AS confirmed, sum(held) AS held
  FROM tallies
 WHERE statement_id = :statement_id AND dimension = 'all' AND hour = 0
 GROUP BY kind;

-- name: by_partner(statement_id, since)
-- Hour 0 has what stands, and the hours from `since` on what happened lately.
SELECT partner_id,
       sum(CASE WHEN hour = 0 AND kind = 'individual' THEN confirmed ELSE 0 END) AS individuals,
       sum(CASE WHEN hour = 0 AND kind = 'organisation' THEN confirmed ELSE 0 END) AS organisations,
       sum(CASE WHEN hour = 0 THEN held ELSE 0 END) AS held,
       sum(CASE WHEN hour > 0 THEN confirmed ELSE 0 END) AS lately
  FROM tallies
 WHERE statement_id = :statement_id AND dimension = 'all' AND (hour = 0 OR hour >= :since)
 GROUP BY partner_id;

-- name: hours_of_partner(statement_id, partner_id, since)
SELECT hour, sum(confirmed) AS confirmed
  FROM tallies
 WHERE statement_id = :statement_id AND dimension = 'all' AND hour >= :since AND partner_id = :partner_id
 GROUP BY hour
HAVING sum(confirmed) > 0
 ORDER BY hour;

-- name: countries_of_partner(statement_id, partner_id, least)
SELECT value AS country, sum(confirmed) AS confirmed
  FROM tallies
 WHERE statement_id = :statement_id AND dimension = 'country' AND partner_id = :partner_id
 GROUP BY value
HAVING sum(confirmed) >= :least
 ORDER BY sum(confirmed) DESC, value;

-- name: list_drift()
-- Where the kept counts and the signatures disagree, on either side.
SELECT statement_id, kind, what, sum(counted) AS counted, sum(kept) AS kept
  FROM (SELECT statement_id, kind, state AS what, 1 AS counted, 0 AS kept
          FROM signatures
         WHERE state IN ('confirmed', 'held')
        UNION ALL
        SELECT statement_id, kind, 'confirmed', 0, confirmed
          FROM tallies
         WHERE dimension = 'all' AND hour = 0
        UNION ALL
        SELECT statement_id, kind, 'held', 0, held
          FROM tallies
         WHERE dimension = 'all' AND hour = 0) AS both_sides
 GROUP BY statement_id, kind, what
HAVING sum(counted) <> sum(kept)
 ORDER BY statement_id, kind, what;
