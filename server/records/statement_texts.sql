-- name: add(statement_id, locale, title, place, dated, eligibility, body, sha256, change, reason, now)^
INSERT INTO statement_texts
  (statement_id, locale, version, title, place, dated, eligibility, body, sha256, change, reason, created_at)
VALUES
  (:statement_id, :locale,
   (SELECT coalesce(max(version), 0) + 1
      FROM statement_texts
     WHERE statement_id = :statement_id AND locale = :locale),
   :title, :place, :dated, :eligibility, :body, :sha256, :change, :reason, :now)
RETURNING id;

-- name: get(id)^
SELECT id, statement_id, locale, version, title, place, dated, eligibility, body, sha256, created_at
  FROM statement_texts
 WHERE id = :id;

-- name: list_latest(statement_id)
-- The newest version in each language, oldest language first.
SELECT id, statement_id, locale, version, title, place, dated, eligibility, body, sha256, created_at
  FROM statement_texts AS newest
 WHERE statement_id = :statement_id
   AND version = (SELECT max(version)
                    FROM statement_texts AS other
                   WHERE other.statement_id = newest.statement_id AND other.locale = newest.locale)
 ORDER BY (SELECT min(id)
             FROM statement_texts AS first
            WHERE first.statement_id = newest.statement_id AND first.locale = newest.locale);
