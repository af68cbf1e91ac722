-- A text is frozen once it is signed: how far the question to the signers of its older editions has come (NULL: it is
-- not asked), and a way from a text to who has signed it.

ALTER TABLE statement_texts ADD COLUMN asking_upto INTEGER;
CREATE INDEX signed_text ON signatures (text_id, state) WHERE confirmed_at IS NOT NULL;
