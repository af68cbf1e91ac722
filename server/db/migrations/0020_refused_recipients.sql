-- An email that died of its recipient (no such mailbox) is no fault of the instance: `undersigned check` tells them apart.

ALTER TABLE outbox ADD COLUMN recipient_refused INTEGER NOT NULL DEFAULT 0;
