-- name: add(name, hash, scopes, statement_id, made_by, expires_at, now)^
INSERT INTO tokens (name, hash, scopes, statement_id, made_by, expires_at, created_at)
VALUES (:name, :hash, :scopes, :statement_id, :made_by, :expires_at, :now)
RETURNING id;

-- name: find(hash, now)^
SELECT id, name, scopes, statement_id, made_by
  FROM tokens
 WHERE hash = :hash
   AND revoked_at IS NULL
   AND (expires_at IS NULL OR expires_at > :now);

-- name: used(id, now)!
UPDATE tokens
   SET used_at = :now
 WHERE id = :id;

-- name: revoke(id, now)!
UPDATE tokens
   SET revoked_at = :now
 WHERE id = :id
   AND revoked_at IS NULL;

-- name: list_all()
SELECT tokens.id, tokens.name, tokens.scopes, tokens.statement_id, admins.name AS made_by, tokens.created_at,
       tokens.expires_at, tokens.used_at, tokens.revoked_at
  FROM tokens
  LEFT JOIN admins ON admins.id = tokens.made_by
 ORDER BY tokens.id;

-- name: find_named(name)^
SELECT id, name, scopes, statement_id, made_by
  FROM tokens
 WHERE name = :name;

-- name: find_of(id, statement_id)^
SELECT id, name, scopes, statement_id, made_by
  FROM tokens
 WHERE id = :id
   AND statement_id = :statement_id;

-- name: list_made_by(admin_id, now)
SELECT id, name, scopes, statement_id, made_by
  FROM tokens
 WHERE made_by = :admin_id
   AND revoked_at IS NULL
   AND (expires_at IS NULL OR expires_at > :now)
 ORDER BY id;
