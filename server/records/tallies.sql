-- name: add(statement_id, partner_id, kind, hour, dimension, value, submitted, mailed, confirmed, held, withdrawn, removed)!
INSERT INTO tallies
  (statement_id, partner_id, kind, hour, dimension, value, shard,
   submitted, mailed, confirmed, held, withdrawn, removed)
VALUES
  (:statement_id, :partner_id, :kind, :hour, :dimension, :value, 0,
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

-- name: list_drift()
-- Where the kept counts and the signatures disagree.
SELECT recount.statement_id, recount.kind, recount.confirmed AS counted, kept.confirmed AS kept
  FROM (SELECT statement_id, kind,
               count(*) FILTER (WHERE state = 'confirmed') AS confirmed, count(*) FILTER (WHERE state = 'held') AS held
          FROM signatures
         GROUP BY statement_id, kind) AS recount
  LEFT JOIN (SELECT statement_id, kind, sum(confirmed) AS confirmed, sum(held) AS held
               FROM tallies
              WHERE dimension = 'all' AND hour = 0
              GROUP BY statement_id, kind) AS kept
    ON kept.statement_id = recount.statement_id AND kept.kind = recount.kind
 WHERE recount.confirmed <> coalesce(kept.confirmed, 0) OR recount.held <> coalesce(kept.held, 0);
