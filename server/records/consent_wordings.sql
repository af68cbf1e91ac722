-- name: find(statement_id, locale, which)^
SELECT body
  FROM consent_wordings
 WHERE statement_id = :statement_id AND locale = :locale AND which = :which;

-- name: list_of(statement_id)
SELECT locale, which, body
  FROM consent_wordings
 WHERE statement_id = :statement_id
 ORDER BY locale, which;

-- name: put(statement_id, locale, which, body)!
INSERT INTO consent_wordings (statement_id, locale, which, body)
VALUES (:statement_id, :locale, :which, :body)
ON CONFLICT (statement_id, locale, which) DO UPDATE SET body = excluded.body;

-- name: remove(statement_id, locale, which)!
DELETE FROM consent_wordings
 WHERE statement_id = :statement_id AND locale = :locale AND which = :which;
