-- Emails are counted and stopped by a key that all tags of an address share, on every domain. A row of before keeps the
-- key that it has: that is the right one, unless its address had a tag where the table of providers knew none.

ALTER TABLE mailings ADD COLUMN mail_key BLOB;
UPDATE mailings SET mail_key = email_key;
CREATE INDEX mailings_of_tags ON mailings (mail_key, sent_at);
ALTER TABLE suppressions RENAME COLUMN email_key TO mail_key;
