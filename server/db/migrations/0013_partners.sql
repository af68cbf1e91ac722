-- Partners at the desk: a report is found by the hash of its link, and whom a partner may write to is counted.

CREATE UNIQUE INDEX one_report ON partners (report_hash) WHERE report_hash IS NOT NULL;
CREATE INDEX subscriptions_of_partner ON subscriptions (partner_id, signature_id)
 WHERE confirmed_at IS NOT NULL AND withdrawn_at IS NULL;
