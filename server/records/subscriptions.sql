-- name: add(signature_id, partner_id, wording_id)!
INSERT INTO subscriptions (signature_id, partner_id, wording_id)
VALUES (:signature_id, :partner_id, :wording_id);

-- name: confirm(signature_id, now)!
UPDATE subscriptions
   SET confirmed_at = :now
 WHERE signature_id = :signature_id
   AND confirmed_at IS NULL
   AND withdrawn_at IS NULL;

-- name: end(signature_id, partner_id, now)!
UPDATE subscriptions
   SET withdrawn_at = :now
 WHERE signature_id = :signature_id
   AND (:partner_id IS NULL OR partner_id = :partner_id)
   AND withdrawn_at IS NULL;

-- name: erase(signature_id)!
DELETE FROM subscriptions
 WHERE signature_id = :signature_id;

-- name: list_of(signature_id)
SELECT subscriptions.partner_id, partners.slug AS partner, partners.name, wordings.body AS wording, wordings.locale,
       wordings.created_at AS worded_at, subscriptions.confirmed_at, subscriptions.withdrawn_at
  FROM subscriptions
  JOIN wordings ON wordings.id = subscriptions.wording_id
  LEFT JOIN partners ON partners.id = subscriptions.partner_id
 WHERE subscriptions.signature_id = :signature_id
 ORDER BY subscriptions.partner_id;

-- name: count_live(statement_id, partner_id)^
SELECT count(*) AS live
  FROM subscriptions
  JOIN signatures ON signatures.id = subscriptions.signature_id
 WHERE subscriptions.partner_id = :partner_id
   AND subscriptions.confirmed_at IS NOT NULL
   AND subscriptions.withdrawn_at IS NULL
   AND signatures.statement_id = :statement_id
   AND signatures.state = 'confirmed';

-- name: batch(statement_id, partner_id, after, fence, most)
-- Who may be written to: confirmed and not withdrawn, under a signature that stands, with an address that is kept.
SELECT subscriptions.signature_id AS id, signatures.name, wordings.locale, wordings.body AS wording,
       subscriptions.confirmed_at AS agreed_at, partners.slug AS partner, contacts.sealed
  FROM subscriptions
  JOIN signatures ON signatures.id = subscriptions.signature_id
  JOIN wordings ON wordings.id = subscriptions.wording_id
  JOIN contacts ON contacts.signature_id = subscriptions.signature_id
  LEFT JOIN partners ON partners.id = subscriptions.partner_id
 WHERE subscriptions.signature_id > :after
   AND subscriptions.signature_id <= :fence
   AND subscriptions.partner_id = :partner_id
   AND subscriptions.confirmed_at IS NOT NULL
   AND subscriptions.withdrawn_at IS NULL
   AND signatures.statement_id = :statement_id
   AND signatures.state = 'confirmed'
 ORDER BY subscriptions.signature_id
 LIMIT :most;
