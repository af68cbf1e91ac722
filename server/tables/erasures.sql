-- name: add(statement_id, signature_id, kind, at)!
-- Ids have no gaps and are committed in order, so that the file of erasures is written from where it ends.
INSERT INTO erasures (id, statement_id, signature_id, kind, at)
VALUES ((SELECT coalesce(max(id), 0) + 1 FROM erasures), :statement_id, :signature_id, :kind, :at);

-- name: newest_id()$
SELECT coalesce(max(id), 0)
  FROM erasures;

-- name: find(erasure_id)^
SELECT id, statement_id, signature_id, kind, at
  FROM erasures
 WHERE id = :erasure_id;

-- name: list_after(after, most)
SELECT id, statement_id, signature_id, kind, at
  FROM erasures
 WHERE id > :after
 ORDER BY id
 LIMIT :most;
