-- What the signer's door needs: a code that is typed into the form that asked for it, a reminder, the closing result.

ALTER TABLE submissions ADD COLUMN signature_id INTEGER;
ALTER TABLE submissions ADD COLUMN code_tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE signatures ADD COLUMN code_until INTEGER;
ALTER TABLE signatures ADD COLUMN reminded_at INTEGER;
ALTER TABLE statements ADD COLUMN result_mailed_at INTEGER;

-- The code follows from the secret keys and the signature's nonce: there is nothing to keep.
DROP TABLE codes;
