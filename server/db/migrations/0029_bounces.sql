-- Reports of mail servers about emails that they had accepted: bounces, delays, complaints. An email whose address is
-- erased is no longer on its way, so a report may be about it.

ALTER TABLE outbox ADD COLUMN bounced TEXT CHECK (bounced IN ('bounced', 'refused', 'complaint'));
ALTER TABLE outbox ADD COLUMN delayed_at INTEGER;
CREATE INDEX outbox_of_message ON outbox (message_id) WHERE sealed_to IS NULL;
