-- name: add(hash, admin_id, data, totp_at, now)!
INSERT INTO sessions (hash, admin_id, data, created_at, seen_at, totp_at)
VALUES (:hash, :admin_id, :data, :now, :now, :totp_at);

-- name: find(hash, seen_after, created_after)^
SELECT hash, admin_id, data, created_at, seen_at, totp_at
  FROM sessions
 WHERE hash = :hash
   AND seen_at > :seen_after
   AND created_at > :created_after;

-- name: has(hash)$
SELECT 1
  FROM sessions
 WHERE hash = :hash;

-- name: see(hash, now)!
UPDATE sessions
   SET seen_at = :now
 WHERE hash = :hash
   AND seen_at < :now;

-- name: prove(hash, now)!
UPDATE sessions
   SET totp_at = :now
 WHERE hash = :hash;

-- name: end(hash)!
DELETE FROM sessions
 WHERE hash = :hash;

-- name: end_all(admin_id)!
DELETE FROM sessions
 WHERE admin_id = :admin_id;

-- name: end_others(admin_id, hash)!
DELETE FROM sessions
 WHERE admin_id = :admin_id
   AND hash <> :hash;

-- name: prune(seen_before, created_before)!
DELETE FROM sessions
 WHERE seen_at <= :seen_before
    OR created_at <= :created_before;
