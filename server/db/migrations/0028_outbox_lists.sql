-- The desk lists the emails that could not be sent, and those that were kept back, without reading those that were sent.
CREATE INDEX outbox_dead ON outbox (id) WHERE dead_at IS NOT NULL;
CREATE INDEX outbox_kept_back ON outbox (id) WHERE suppressed_at IS NOT NULL;
