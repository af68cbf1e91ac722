-- name: add(name, hash, scopes, statement_id, expires_at, now)^
INSERT INTO tokens (name, hash, scopes, statement_id, expires_at, created_at)
VALUES (:name, :hash, :scopes, :statement_id, :expires_at, :now)
RETURNING id;

-- name: find(hash, now)^
SELECT id, name, scopes, statement_id
  FROM tokens
 WHERE hash = :hash
   AND revoked_at IS NULL
   AND (expires_at IS NULL OR expires_at > :now);

-- name: used(id, now)!
UPDATE tokens
   SET used_at = :now
 WHERE id = :id;

-- name: revoke(name, now)!
UPDATE tokens
   SET revoked_at = :now
 WHERE name = :name
   AND revoked_at IS NULL;

-- name: list_all()
SELECT id, name, scopes, statement_id, created_at, expires_at, used_at, revoked_at
  FROM tokens
 ORDER BY id;

-- name: find_name(id, statement_id)$
SELECT name
  FROM tokens
 WHERE id = :id
   AND statement_id = :statement_id;
