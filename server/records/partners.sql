-- name: add(slug, name)^
INSERT INTO partners (slug, name)
VALUES (:slug, :name)
ON CONFLICT (slug) DO NOTHING
RETURNING id;

-- name: find(slug)^
SELECT id, slug, name, locale
  FROM partners
 WHERE slug = :slug
   AND revoked_at IS NULL;

-- name: add_origin(partner_id, origin)!
INSERT INTO partner_origins (partner_id, origin)
VALUES (:partner_id, :origin)
ON CONFLICT (partner_id, origin) DO NOTHING;

-- name: list_origins(slug)
SELECT partner_origins.origin
  FROM partners
  JOIN partner_origins ON partner_origins.partner_id = partners.id
 WHERE partners.slug = :slug
   AND partners.revoked_at IS NULL;

-- name: join(statement_id, partner_id)!
INSERT INTO statement_partners (statement_id, partner_id)
VALUES (:statement_id, :partner_id)
ON CONFLICT (statement_id, partner_id) DO NOTHING;

-- name: list_of(statement_id)
SELECT partners.id, partners.slug, partners.name, partners.locale, partners.newsletters, partner_origins.origin
  FROM statement_partners
  JOIN partners ON partners.id = statement_partners.partner_id AND partners.revoked_at IS NULL
  LEFT JOIN partner_origins ON partner_origins.partner_id = partners.id
 WHERE statement_partners.statement_id = :statement_id
 ORDER BY partners.id, partner_origins.origin;

-- name: word_newsletters(partner_id, newsletters)!
UPDATE partners
   SET newsletters = :newsletters
 WHERE id = :partner_id;

-- name: list_joined(partner_id)
SELECT statement_id
  FROM statement_partners
 WHERE partner_id = :partner_id
 ORDER BY statement_id;
