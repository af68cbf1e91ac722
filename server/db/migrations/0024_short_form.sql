-- Optional fields of a statement's form are behind "Add details", unless it wants all of them open.

ALTER TABLE statements ADD COLUMN short_form INTEGER NOT NULL DEFAULT 1 CHECK (short_form IN (0, 1));
