-- name: add(name, password_hash, sealed_totp, no_step, invited_until, now)^
INSERT INTO admins (name, password_hash, sealed_totp, totp_step, recovery_hashes, invited_until, created_at)
VALUES (:name, :password_hash, :sealed_totp, :no_step, '[]', :invited_until, :now)
RETURNING id;

-- name: find(name)^
SELECT id, name, password_hash, sealed_totp, totp_step, recovery_hashes, locale, created_at, invited_until, disabled_at
  FROM admins
 WHERE name = :name;

-- name: get(id)^
SELECT id, name, password_hash, sealed_totp, totp_step, recovery_hashes, locale, created_at, invited_until, disabled_at
  FROM admins
 WHERE id = :id;

-- name: list_all()
SELECT id, name, password_hash, sealed_totp, totp_step, recovery_hashes, locale, created_at, invited_until, disabled_at
  FROM admins
 ORDER BY name;

-- name: invite(id, password_hash, sealed_totp, no_step, invited_until)!
UPDATE admins
   SET password_hash = :password_hash, sealed_totp = :sealed_totp, totp_step = :no_step, recovery_hashes = '[]',
       invited_until = :invited_until
 WHERE id = :id;

-- name: enrol(id, password_hash, recovery_hashes)!
UPDATE admins
   SET password_hash = :password_hash, recovery_hashes = :recovery_hashes, invited_until = NULL
 WHERE id = :id
   AND invited_until IS NOT NULL;

-- name: use_step(id, step)!
-- Each code works once: of two logins with the same one the second finds its step taken.
UPDATE admins
   SET totp_step = :step
 WHERE id = :id
   AND totp_step < :step;

-- name: keep_recovery(id, recovery_hashes)!
UPDATE admins
   SET recovery_hashes = :recovery_hashes
 WHERE id = :id;

-- name: keep_password(id, password_hash, instead_of)!
UPDATE admins
   SET password_hash = :password_hash
 WHERE id = :id
   AND password_hash = :instead_of
   AND invited_until IS NULL
   AND disabled_at IS NULL;

-- name: speak(id, locale)!
UPDATE admins
   SET locale = :locale
 WHERE id = :id;

-- name: disable(id, now)!
UPDATE admins
   SET disabled_at = :now
 WHERE id = :id
   AND disabled_at IS NULL;

-- name: enable(id)!
UPDATE admins
   SET disabled_at = NULL
 WHERE id = :id
   AND disabled_at IS NOT NULL;
