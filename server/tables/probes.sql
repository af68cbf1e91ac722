-- name: write(now)!
INSERT INTO probes (id, written_at)
VALUES (1, :now)
ON CONFLICT (id) DO UPDATE
   SET written_at = excluded.written_at;
