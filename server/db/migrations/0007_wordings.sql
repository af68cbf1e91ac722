-- What an organiser asks signers to agree to in words of their own, and a way to count whose names were erased.

CREATE TABLE consent_wordings (
  statement_id INTEGER NOT NULL REFERENCES statements,
  locale TEXT NOT NULL,
  which TEXT NOT NULL CHECK (which IN ('individual', 'organisation', 'counted')),
  body TEXT NOT NULL,
  PRIMARY KEY (statement_id, locale, which)
) STRICT, WITHOUT ROWID;

CREATE INDEX anonymised ON signatures (statement_id, state) WHERE anonymised_at IS NOT NULL;
