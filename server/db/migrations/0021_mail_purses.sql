-- What strangers can have sent to an address is counted in two purses; what follows a signer's own act in none. Of an
-- email whose row in the outbox is gone nobody knows the kind: it counts as one that asked to confirm.

ALTER TABLE mailings ADD COLUMN purse TEXT;
UPDATE mailings
   SET purse = coalesce((SELECT CASE WHEN outbox.kind = 'links' THEN 'links'
                                     WHEN outbox.kind IN ('confirm', 'reminder', 'listed') THEN 'confirm'
                                     ELSE 'none' END
                           FROM outbox
                          WHERE outbox.id = mailings.outbox_id), 'confirm');
UPDATE mailings SET purse = NULL WHERE purse = 'none';
