-- name: find(purpose, partner_id, locale, sha256)^
SELECT id
  FROM wordings
 WHERE purpose = :purpose AND locale = :locale AND sha256 = :sha256
   AND statement_id IS NULL AND coalesce(partner_id, 0) = coalesce(:partner_id, 0);

-- name: add(purpose, partner_id, locale, body, sha256, now)^
INSERT INTO wordings (purpose, partner_id, locale, body, sha256, created_at)
VALUES (:purpose, :partner_id, :locale, :body, :sha256, :now)
RETURNING id;
