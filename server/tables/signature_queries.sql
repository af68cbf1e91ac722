-- name: list_by_age(statement_id, like, domain, partner_id, locale, kind, state, since, until, floor, before, most)
-- Whoever has confirmed once, whatever became of it; the index passes by who is not looked for.
SELECT id, kind, name, title, affiliation, organisation, website, city, country, comment, visibility, locale, partner_id,
       domain_proved, founding_place, signed_at, confirmed_at, held_at, state
  FROM signatures
 WHERE statement_id = :statement_id
   AND confirmed_at IS NOT NULL
   AND id >= :floor AND id < :before
   AND signed_at >= :since AND signed_at < :until
   AND (:state IS NULL OR state = :state)
   AND (:kind IS NULL OR kind = :kind)
   AND (:locale IS NULL OR locale = :locale)
   AND (:partner_id IS NULL OR partner_id = :partner_id)
   AND (:domain IS NULL OR mail_domain = :domain)
   AND (:like IS NULL OR search_key LIKE :like)
 ORDER BY id DESC
 LIMIT :most;

-- name: list_of_partner(statement_id, partner_id, locale, kind, state, since, until, floor, before, most)
-- The same of one partner, who may be rare.
SELECT id, kind, name, title, affiliation, organisation, website, city, country, comment, visibility, locale, partner_id,
       domain_proved, founding_place, signed_at, confirmed_at, held_at, state
  FROM signatures
 WHERE statement_id = :statement_id
   AND confirmed_at IS NOT NULL
   AND partner_id = :partner_id
   AND id >= :floor AND id < :before
   AND signed_at >= :since AND signed_at < :until
   AND (:state IS NULL OR state = :state)
   AND (:kind IS NULL OR kind = :kind)
   AND (:locale IS NULL OR locale = :locale)
 ORDER BY id DESC
 LIMIT :most;

-- name: list_of_domain(statement_id, domain, partner_id, locale, kind, state, since, until, floor, before, most)
-- The same of one mail domain, as long as that is known.
SELECT id, kind, name, title, affiliation, organisation, website, city, country, comment, visibility, locale, partner_id,
       domain_proved, founding_place, signed_at, confirmed_at, held_at, state
  FROM signatures
 WHERE statement_id = :statement_id
   AND confirmed_at IS NOT NULL
   AND mail_domain = :domain
   AND id >= :floor AND id < :before
   AND signed_at >= :since AND signed_at < :until
   AND (:state IS NULL OR state = :state)
   AND (:kind IS NULL OR kind = :kind)
   AND (:locale IS NULL OR locale = :locale)
   AND (:partner_id IS NULL OR partner_id = :partner_id)
 ORDER BY id DESC
 LIMIT :most;

-- name: list_off_the_list(statement_id, locale, kind, state, since, until, floor, before, most)
-- The same of what is held, withdrawn or removed.
SELECT id, kind, name, title, affiliation, organisation, website, city, country, comment, visibility, locale, partner_id,
       domain_proved, founding_place, signed_at, confirmed_at, held_at, state
  FROM signatures
 WHERE statement_id = :statement_id
   AND confirmed_at IS NOT NULL
   AND state <> 'confirmed'
   AND state = :state
   AND id >= :floor AND id < :before
   AND signed_at >= :since AND signed_at < :until
   AND (:kind IS NULL OR kind = :kind)
   AND (:locale IS NULL OR locale = :locale)
 ORDER BY id DESC
 LIMIT :most;

-- name: list_unconfirmed(statement_id, domain, partner_id, locale, kind, since, until, floor, before, most)
-- Whoever has not confirmed yet, or was removed before.
SELECT id, kind, name, title, affiliation, organisation, website, city, country, comment, visibility, locale, partner_id,
       domain_proved, founding_place, signed_at, confirmed_at, held_at, state
  FROM signatures
 WHERE statement_id = :statement_id
   AND confirmed_at IS NULL
   AND id >= :floor AND id < :before
   AND signed_at >= :since AND signed_at < :until
   AND (:kind IS NULL OR kind = :kind)
   AND (:locale IS NULL OR locale = :locale)
   AND (:partner_id IS NULL OR partner_id = :partner_id)
   AND (:domain IS NULL OR mail_domain = :domain)
 ORDER BY id DESC
 LIMIT :most;

-- name: list_found(statement_id, like, domain, partner_id, locale, kind, state, since, until, floor, before, window, most)
-- What was found, as far back as the window goes, and of that what else is asked; SQLite keeps this order of the two.
SELECT signatures.id, signatures.kind, signatures.name, signatures.title, signatures.affiliation, signatures.organisation,
       signatures.website, signatures.city, signatures.country, signatures.comment, signatures.visibility, signatures.locale, signatures.partner_id,
       signatures.domain_proved, signatures.founding_place, signatures.signed_at, signatures.confirmed_at, signatures.held_at, signatures.state
  FROM (SELECT id
          FROM searched
         WHERE search_key LIKE :like
           AND id >= :floor AND id < :before
         ORDER BY id DESC
         LIMIT :window) AS found
  CROSS JOIN signatures
 WHERE signatures.id = found.id
   AND statement_id = :statement_id
   AND confirmed_at IS NOT NULL
   AND signed_at >= :since AND signed_at < :until
   AND (:state IS NULL OR state = :state)
   AND (:kind IS NULL OR kind = :kind)
   AND (:locale IS NULL OR locale = :locale)
   AND (:partner_id IS NULL OR partner_id = :partner_id)
   AND (:domain IS NULL OR mail_domain = :domain)
 ORDER BY signatures.id DESC
 LIMIT :most;

-- name: find_window(like, floor, before, window)^
-- How far back the window of ``list_found`` went.
SELECT min(id) AS lowest, count(*) AS many
  FROM (SELECT id
          FROM searched
         WHERE search_key LIKE :like
           AND id >= :floor AND id < :before
         ORDER BY id DESC
         LIMIT :window) AS found;

-- name: list_of_address(statement_id, email_key, most)
SELECT id, kind, name, title, affiliation, organisation, website, city, country, comment, visibility, locale, partner_id,
       domain_proved, founding_place, signed_at, confirmed_at, held_at, state
  FROM signatures
 WHERE statement_id = :statement_id
   AND email_key = :email_key
 ORDER BY id DESC
 LIMIT :most;

-- name: list_held(statement_id, kind, held_at, after, most)
SELECT id, kind, name, title, affiliation, organisation, website, city, country, comment, visibility, locale, partner_id,
       domain_proved, founding_place, signed_at, confirmed_at, held_at, state
  FROM signatures
 WHERE statement_id = :statement_id
   AND kind = :kind
   AND state = 'held'
   AND (held_at, id) > (:held_at, :after)
 ORDER BY held_at, id
 LIMIT :most;

-- name: find_at(id)^
-- The first row from this id on.
SELECT id, signed_at
  FROM signatures
 WHERE id >= :id
 ORDER BY id
 LIMIT 1;

-- name: find_highest()$
SELECT coalesce(max(id), 0)
  FROM signatures;
