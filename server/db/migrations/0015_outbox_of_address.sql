-- Emails are found by their address, so that they go with whoever erases everything.

CREATE INDEX outbox_of_address ON outbox (email_key) WHERE email_key IS NOT NULL;
