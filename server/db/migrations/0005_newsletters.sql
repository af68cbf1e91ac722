-- What partners ask for beside a box of their own: the wording in each language, as JSON.

ALTER TABLE partners ADD COLUMN newsletters TEXT NOT NULL DEFAULT '{}';
