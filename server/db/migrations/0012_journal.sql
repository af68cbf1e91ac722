-- The journal is only written to: the database itself refuses what would change or cut it; details can be erased alone.

CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
BEGIN
  SELECT RAISE(ABORT, 'what stands in the journal is not changed');
END;
CREATE TRIGGER journal_is_not_cut BEFORE DELETE ON journal
BEGIN
  SELECT RAISE(ABORT, 'what stands in the journal is not taken out');
END;
CREATE TRIGGER journal_details_are_not_changed BEFORE UPDATE ON journal_details
BEGIN
  SELECT RAISE(ABORT, 'details of the journal are erased, or stay as they are');
END;

-- A reason may name somebody: it goes with the details when they are erased, and only their digest is chained.
ALTER TABLE journal_details ADD COLUMN reason TEXT;

-- What admins and rules did is read most, among far more that signers did.
CREATE INDEX journal_but_signers ON journal (id) WHERE actor <> 'signer';
