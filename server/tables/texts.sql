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

-- name: list_public(statement_id, locale)
SELECT id, statement_id, locale, version, title, place, dated, eligibility, body, sha256, created_at, change, reason
  FROM statement_texts
 WHERE statement_id = :statement_id
   AND locale = :locale
   AND version >= (SELECT coalesce(min(CASE WHEN EXISTS (SELECT signatures.id
                                                            FROM signatures
                                                           WHERE signatures.text_id = every.id
                                                             AND signatures.confirmed_at IS NOT NULL)
                                            THEN every.version END), max(every.version))
                     FROM statement_texts AS every
                    WHERE every.statement_id = :statement_id AND every.locale = :locale)
 ORDER BY version DESC;

-- name: begin_asking(id, statement_id, locale)!
UPDATE statement_texts
   SET asking_upto = CASE WHEN id = :id THEN 0 END
 WHERE statement_id = :statement_id
   AND locale = :locale;

-- name: find_asking()^
-- The question goes out batch by batch; the column remembers how far that has come.
SELECT id, statement_id, locale, version, asking_upto
  FROM statement_texts
 WHERE asking_upto IS NOT NULL
 ORDER BY id
 LIMIT 1;

-- name: note_asked(id, was, upto)!
UPDATE statement_texts
   SET asking_upto = :upto
 WHERE id = :id
   AND asking_upto = :was;
