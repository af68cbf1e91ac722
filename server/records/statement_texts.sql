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

-- name: find_latest(statement_id, locale)^
SELECT id, statement_id, locale, version, title, place, dated, eligibility, body, sha256, created_at
  FROM statement_texts
 WHERE statement_id = :statement_id
   AND locale = :locale
 ORDER BY version DESC
 LIMIT 1;

-- name: replace(id, title, place, dated, eligibility, body, sha256, now)!
-- Only what nobody can have read to sign it: a form that is open somewhere names the row, not its words.
UPDATE statement_texts
   SET title = :title, place = :place, dated = :dated, eligibility = :eligibility, body = :body, sha256 = :sha256,
       created_at = :now
 WHERE id = :id
   AND EXISTS (SELECT 1 FROM statements WHERE statements.id = statement_texts.statement_id AND opened_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM signatures WHERE signatures.text_id = statement_texts.id);

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
