-- What is hidden cannot be inferred: an organisation that is only counted is in nobody's way.

DROP INDEX one_organisation;
CREATE UNIQUE INDEX one_organisation ON signatures (statement_id, organisation_key)
 WHERE kind = 'organisation' AND state = 'confirmed' AND visibility <> 'counted';
