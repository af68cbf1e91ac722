-- A token opens nothing once the admin who made it owns its statement no more; NULL: it was made in a shell.

ALTER TABLE tokens ADD COLUMN made_by INTEGER REFERENCES admins;

-- The journal knows who made those that there are.
UPDATE tokens
   SET made_by = (SELECT min(admins.id)
                    FROM journal
                    JOIN admins ON journal.actor = 'admin:' || admins.name
                   WHERE journal.verb = 'token.add'
                     AND journal.subject = 'token:' || tokens.name);
