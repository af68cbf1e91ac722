-- How many emails an address had goes once its statement has ended. By age first: an index of statements would be taken
-- where an address is looked for.

CREATE INDEX mailings_by_age ON mailings (sent_at, statement_id);
