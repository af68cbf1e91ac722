-- name: add(slug, name)$
INSERT INTO partners (slug, name)
VALUES (:slug, :name)
ON CONFLICT (slug) DO NOTHING
RETURNING id;

-- name: find(slug)
-- Including revoked ones.
SELECT {partners.partner}, partners.report_hash IS NOT NULL AS has_report, partner_origins.origin
  FROM partners
  LEFT JOIN partner_origins ON partner_origins.partner_id = partners.id
 WHERE partners.slug = :slug;

-- name: find_by_report_secret(report_hash)
SELECT {partners.partner}, partners.report_hash IS NOT NULL AS has_report, partner_origins.origin
  FROM partners
  LEFT JOIN partner_origins ON partner_origins.partner_id = partners.id
 WHERE partners.report_hash = :report_hash
   AND partners.revoked_at IS NULL;

-- name: list_all()
-- Including revoked ones.
SELECT {partners.partner}, partners.report_hash IS NOT NULL AS has_report, partner_origins.origin
  FROM partners
  LEFT JOIN partner_origins ON partner_origins.partner_id = partners.id
 ORDER BY partners.id;

-- name: list_all_of_statement(statement_id)
-- Including revoked ones.
SELECT {partners.partner}, partners.report_hash IS NOT NULL AS has_report, partner_origins.origin
  FROM statement_partners
  JOIN partners ON partners.id = statement_partners.partner_id
  LEFT JOIN partner_origins ON partner_origins.partner_id = partners.id
 WHERE statement_partners.statement_id = :statement_id
 ORDER BY partners.id;

-- name: add_origin(partner_id, origin)!
INSERT INTO partner_origins (partner_id, origin)
VALUES (:partner_id, :origin)
ON CONFLICT (partner_id, origin) DO NOTHING;

-- name: remove_origin(partner_id, origin)!
DELETE FROM partner_origins
 WHERE partner_id = :partner_id
   AND origin = :origin;

-- name: add_to_statement(statement_id, partner_id)!
INSERT INTO statement_partners (statement_id, partner_id)
VALUES (:statement_id, :partner_id)
ON CONFLICT (statement_id, partner_id) DO NOTHING;

-- name: remove_from_statement(statement_id, partner_id)!
DELETE FROM statement_partners
 WHERE statement_id = :statement_id
   AND partner_id = :partner_id;

-- name: list_statement_ids(partner_id)
SELECT statement_id
  FROM statement_partners
 WHERE partner_id = :partner_id
 ORDER BY statement_id;

-- name: change(partner_id, name, locale, theme)!
UPDATE partners
   SET name = :name, locale = :locale, theme = :theme
 WHERE id = :partner_id;

-- name: set_newsletter_wordings(partner_id, newsletters)!
UPDATE partners
   SET newsletters = :newsletters
 WHERE id = :partner_id;

-- name: set_report_hash(partner_id, report_hash)!
UPDATE partners
   SET report_hash = :report_hash
 WHERE id = :partner_id;

-- name: clear_report_secret(partner_id)!
UPDATE partners
   SET report_hash = NULL
 WHERE id = :partner_id
   AND report_hash IS NOT NULL;

-- name: revoke(partner_id, now)!
UPDATE partners
   SET revoked_at = :now
 WHERE id = :partner_id
   AND revoked_at IS NULL;

-- name: restore(partner_id)!
UPDATE partners
   SET revoked_at = NULL
 WHERE id = :partner_id
   AND revoked_at IS NOT NULL;
