-- name: add_waiting(statement_id, mail_domain, sealed, resumes_at)!
INSERT INTO mail_domains (statement_id, mail_domain, sealed, resumes_at)
VALUES (:statement_id, :mail_domain, :sealed, :resumes_at)
ON CONFLICT (statement_id, mail_domain) DO UPDATE
   SET resumes_at = coalesce(mail_domains.resumes_at, excluded.resumes_at);

-- name: is_trusted(statement_id, mail_domain)^
SELECT trusted_at
  FROM mail_domains
 WHERE statement_id = :statement_id
   AND mail_domain = :mail_domain
   AND trusted_at IS NOT NULL;

-- name: list_to_resume(now)
SELECT statement_id, mail_domain, trusted_at
  FROM mail_domains
 WHERE resumes_at <= :now
 ORDER BY resumes_at, statement_id, mail_domain;

-- name: resume_at(statement_id, mail_domain, resumes_at)!
UPDATE mail_domains
   SET resumes_at = :resumes_at
 WHERE statement_id = :statement_id
   AND mail_domain = :mail_domain;

-- name: resume_now(statement_id, mail_domain, now)!
UPDATE mail_domains
   SET resumes_at = :now
 WHERE statement_id = :statement_id
   AND mail_domain = :mail_domain
   AND resumes_at > :now;

-- name: finish_waiting(statement_id, mail_domain)!
UPDATE mail_domains
   SET resumes_at = NULL
 WHERE statement_id = :statement_id
   AND mail_domain = :mail_domain
   AND trusted_at IS NOT NULL;

-- name: forget(statement_id, mail_domain)!
DELETE FROM mail_domains
 WHERE statement_id = :statement_id
   AND mail_domain = :mail_domain
   AND trusted_at IS NULL;

-- name: trust(statement_id, mail_domain, sealed, now)!
INSERT INTO mail_domains (statement_id, mail_domain, sealed, resumes_at, trusted_at)
VALUES (:statement_id, :mail_domain, :sealed, :now, :now)
ON CONFLICT (statement_id, mail_domain) DO UPDATE
   SET resumes_at = excluded.resumes_at, trusted_at = excluded.trusted_at
 WHERE mail_domains.trusted_at IS NULL;

-- name: limit_again(statement_id, mail_domain, now)!
UPDATE mail_domains
   SET trusted_at = NULL, resumes_at = :now
 WHERE statement_id = :statement_id
   AND mail_domain = :mail_domain
   AND trusted_at IS NOT NULL;

-- name: list_of_statement(statement_id)
SELECT mail_domain, sealed, resumes_at, trusted_at
  FROM mail_domains
 WHERE statement_id = :statement_id
 ORDER BY resumes_at, mail_domain;

-- name: delete_of_statement(statement_id)!
DELETE FROM mail_domains
 WHERE statement_id = :statement_id;
