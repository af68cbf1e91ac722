-- Emails over the hourly limit of their mail domain wait outside the index that deliveries claim from, so that ten
-- thousand of them slow nobody down. Domains are known by a keyed tag; what the desk shows of them is sealed.

ALTER TABLE outbox ADD COLUMN waiting_domain TEXT;
DROP INDEX due;
CREATE INDEX due ON outbox (priority, attempts, due_at, id)
 WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL AND waiting_domain IS NULL;
CREATE INDEX outbox_of_domain ON outbox (statement_id, waiting_domain, id) WHERE waiting_domain IS NOT NULL;

ALTER TABLE mailings ADD COLUMN mail_domain TEXT;
CREATE INDEX mailings_of_domain ON mailings (statement_id, mail_domain, sent_at) WHERE mail_domain IS NOT NULL;

CREATE TABLE mail_domains (
  statement_id INTEGER NOT NULL REFERENCES statements,
  mail_domain TEXT NOT NULL,
  sealed BLOB NOT NULL,
  resumes_at INTEGER,
  trusted_at INTEGER,
  PRIMARY KEY (statement_id, mail_domain)
) STRICT;

CREATE INDEX mail_domains_to_resume ON mail_domains (resumes_at) WHERE resumes_at IS NOT NULL;
