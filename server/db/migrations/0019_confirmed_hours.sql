-- What was confirmed in an hour: only what is confirmed now, so that the hours add up to the totals.

UPDATE tallies SET confirmed = 0 WHERE dimension = 'all' AND hour > 0;
INSERT INTO tallies (statement_id, partner_id, kind, hour, dimension, value, confirmed)
SELECT statement_id, coalesce(partner_id, 0), kind, confirmed_at / 3600, 'all', '', count(*)
  FROM signatures
 WHERE state = 'confirmed'
 GROUP BY statement_id, coalesce(partner_id, 0), kind, confirmed_at / 3600
ON CONFLICT (statement_id, dimension, hour, value, partner_id, kind, shard) DO UPDATE
   SET confirmed = excluded.confirmed;
