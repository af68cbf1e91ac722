-- Founding signatures at the desk: when one of them said that their line is right, and a short way to the whole list.

ALTER TABLE signatures ADD COLUMN listed_confirmed_at INTEGER;
CREATE INDEX founding ON signatures (statement_id, founding_place) WHERE founding_place IS NOT NULL;
