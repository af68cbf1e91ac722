-- What is hidden cannot be inferred: an organisation that is only counted is in nobody's way.

DROP INDEX one_organisation;
CREATE UNIQUE INDEX one_organisation ON signatures (statement_id, organisation_key)
 WHERE kind = 'organisation' AND state = 'confirmed' AND visibility <> 'counted';

-- Under which languages and countries signatures stand now: hour 0, as all that stands, and each counted once.
DELETE FROM tallies WHERE dimension IN ('locale', 'country');
INSERT INTO tallies (statement_id, partner_id, kind, hour, dimension, value, confirmed)
SELECT statement_id, coalesce(partner_id, 0), kind, 0, 'locale', locale, count(*)
  FROM signatures
 WHERE state = 'confirmed'
 GROUP BY statement_id, coalesce(partner_id, 0), kind, locale;
INSERT INTO tallies (statement_id, partner_id, kind, hour, dimension, value, confirmed)
SELECT statement_id, coalesce(partner_id, 0), kind, 0, 'country', country, count(*)
  FROM signatures
 WHERE state = 'confirmed' AND country IS NOT NULL
 GROUP BY statement_id, coalesce(partner_id, 0), kind, country;

-- What was confirmed in an hour: by whom it was confirmed then, once, whatever has become of it since.
UPDATE tallies SET confirmed = 0 WHERE dimension = 'all' AND hour > 0;
INSERT INTO tallies (statement_id, partner_id, kind, hour, dimension, value, confirmed)
SELECT statement_id, coalesce(partner_id, 0), kind, confirmed_at / 3600, 'all', '', count(*)
  FROM signatures
 WHERE confirmed_at IS NOT NULL
 GROUP BY statement_id, coalesce(partner_id, 0), kind, confirmed_at / 3600
ON CONFLICT (statement_id, dimension, hour, value, partner_id, kind, shard) DO UPDATE
   SET confirmed = excluded.confirmed;
