-- name: add(name, password_hash, sealed_totp, invited_until, now)$
INSERT INTO admins (name, password_hash, sealed_totp, totp_step, recovery_hashes, invited_until, created_at)
VALUES (:name, :password_hash, :sealed_totp, -1, '[]', :invited_until, :now)
RETURNING id;

-- name: find(name)^
SELECT {admin}
  FROM admins
 WHERE name = :name;

-- name: get(admin_id)^
SELECT {admin}
  FROM admins
 WHERE id = :admin_id;

-- name: list_all()
SELECT {admin}
  FROM admins
 ORDER BY name;

-- name: invite(admin_id, password_hash, sealed_totp, invited_until)!
-- The TOTP step -1 is NO_TOTP_STEP, as in add.
UPDATE admins
   SET password_hash = :password_hash, sealed_totp = :sealed_totp, totp_step = -1, recovery_hashes = '[]',
       invited_until = :invited_until
 WHERE id = :admin_id;

-- name: enrol(admin_id, password_hash, recovery_hashes)!
UPDATE admins
   SET password_hash = :password_hash, recovery_hashes = :recovery_hashes, invited_until = NULL
 WHERE id = :admin_id
   AND invited_until IS NOT NULL;

-- name: use_totp_step(admin_id, step)!
-- Each code works once: when two logins use the same code, the second finds the step taken.
UPDATE admins
   SET totp_step = :step
 WHERE id = :admin_id
   AND totp_step < :step;

-- name: set_recovery_hashes(admin_id, recovery_hashes)!
UPDATE admins
   SET recovery_hashes = :recovery_hashes
 WHERE id = :admin_id;

-- name: set_password_hash(admin_id, password_hash, instead_of)!
UPDATE admins
   SET password_hash = :password_hash
 WHERE id = :admin_id
   AND password_hash = :instead_of
   AND invited_until IS NULL
   AND disabled_at IS NULL;

-- name: set_locale(admin_id, locale)!
UPDATE admins
   SET locale = :locale
 WHERE id = :admin_id;

-- name: disable(admin_id, now)!
UPDATE admins
   SET disabled_at = :now
 WHERE id = :admin_id
   AND disabled_at IS NULL;

-- name: enable(admin_id)!
UPDATE admins
   SET disabled_at = NULL
 WHERE id = :admin_id
   AND disabled_at IS NOT NULL;

-- name: give_role(admin_id, statement_id, role)!
INSERT INTO roles (admin_id, statement_id, role)
VALUES (:admin_id, :statement_id, :role)
ON CONFLICT (admin_id, statement_id) DO UPDATE SET role = excluded.role
WHERE roles.role <> excluded.role;

-- name: take_role(admin_id, statement_id)!
DELETE FROM roles
 WHERE admin_id = :admin_id
   AND statement_id = :statement_id;

-- name: list_roles(admin_id)
SELECT statement_id, role
  FROM roles
 WHERE admin_id = :admin_id;

-- name: list_roles_on(statement_id)
-- Roles for a statement and for the whole server.
SELECT admins.name, roles.role, roles.statement_id = 0 AS everywhere, admins.disabled_at IS NOT NULL AS is_disabled,
       admins.invited_until IS NULL AS is_enrolled
  FROM roles
  JOIN admins ON admins.id = roles.admin_id
 WHERE roles.statement_id IN (0, :statement_id)
 ORDER BY admins.name, roles.statement_id;

-- name: add_session(hash, admin_id, data, totp_at, now)!
INSERT INTO sessions (hash, admin_id, data, created_at, seen_at, totp_at)
VALUES (:hash, :admin_id, :data, :now, :now, :totp_at);

-- name: find_session(session_hash, now, idle_s, longest_s)^
SELECT hash, admin_id, data, created_at, seen_at, totp_at
  FROM sessions
 WHERE hash = :session_hash
   AND seen_at > :now - :idle_s
   AND created_at > :now - :longest_s;

-- name: has_session(session_hash)$
SELECT 1
  FROM sessions
 WHERE hash = :session_hash;

-- name: mark_session_seen(session_hash, now)!
UPDATE sessions
   SET seen_at = :now
 WHERE hash = :session_hash
   AND seen_at < :now;

-- name: mark_session_verified(session_hash, now)!
UPDATE sessions
   SET totp_at = :now
 WHERE hash = :session_hash;

-- name: end_session(session_hash)!
DELETE FROM sessions
 WHERE hash = :session_hash;

-- name: end_all_sessions(admin_id)!
DELETE FROM sessions
 WHERE admin_id = :admin_id;

-- name: end_other_sessions(admin_id, session_hash)!
DELETE FROM sessions
 WHERE admin_id = :admin_id
   AND hash <> :session_hash;

-- name: prune_sessions(now, idle_s, longest_s)!
DELETE FROM sessions
 WHERE seen_at <= :now - :idle_s
    OR created_at <= :now - :longest_s;

-- name: add_token(name, token_hash, scopes, statement_id, made_by, expires_at, now)$
INSERT INTO tokens (name, hash, scopes, statement_id, made_by, expires_at, created_at)
VALUES (:name, :token_hash, :scopes, :statement_id, :made_by, :expires_at, :now)
RETURNING id;

-- name: find_token(token_hash, now)^
SELECT {token}
  FROM tokens
 WHERE hash = :token_hash
   AND revoked_at IS NULL
   AND (expires_at IS NULL OR expires_at > :now);

-- name: mark_token_used(token_id, now)!
UPDATE tokens
   SET used_at = :now
 WHERE id = :token_id;

-- name: revoke_token(token_id, now)!
UPDATE tokens
   SET revoked_at = :now
 WHERE id = :token_id
   AND revoked_at IS NULL;

-- name: list_tokens()
SELECT tokens.id, tokens.name, tokens.scopes, tokens.statement_id, admins.name AS made_by, tokens.created_at,
       tokens.expires_at, tokens.used_at, tokens.revoked_at
  FROM tokens
  LEFT JOIN admins ON admins.id = tokens.made_by
 ORDER BY tokens.id;

-- name: find_token_named(name)^
SELECT {token}
  FROM tokens
 WHERE name = :name;

-- name: get_token_of(token_id, statement_id)^
SELECT {token}
  FROM tokens
 WHERE id = :token_id
   AND statement_id = :statement_id;

-- name: list_tokens_made_by(admin_id, now)
SELECT {token}
  FROM tokens
 WHERE made_by = :admin_id
   AND revoked_at IS NULL
   AND (expires_at IS NULL OR expires_at > :now)
 ORDER BY id;
