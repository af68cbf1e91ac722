-- name: find(purpose, locale, sha256)^
SELECT id
  FROM wordings
 WHERE purpose = :purpose AND locale = :locale AND sha256 = :sha256
   AND statement_id IS NULL AND partner_id IS NULL;

-- name: add(purpose, locale, body, sha256, now)^
INSERT INTO wordings (purpose, locale, body, sha256, created_at)
VALUES (:purpose, :locale, :body, :sha256, :now)
RETURNING id;
