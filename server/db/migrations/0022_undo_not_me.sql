-- Who pressed "It was not me" by mistake can undo it: the link carries this nonce. What was stopped before has none.

ALTER TABLE suppressions ADD COLUMN undo_nonce BLOB;
CREATE INDEX suppressions_to_undo ON suppressions (undo_nonce) WHERE undo_nonce IS NOT NULL;
