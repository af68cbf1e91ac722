-- The tables of the first release. Times are epoch seconds (UTC), truths are 0 or 1, lists are JSON.

CREATE TABLE statements (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  slug TEXT NOT NULL UNIQUE,
  locale TEXT NOT NULL,
  opened_at INTEGER,
  closed_at INTEGER,
  archived_at INTEGER,
  opens_at INTEGER,
  closes_at INTEGER,
  event_at INTEGER,
  timezone TEXT,
  goal INTEGER CHECK (goal > 0),
  kinds TEXT NOT NULL,
  fields TEXT NOT NULL,
  required TEXT NOT NULL,
  moderation TEXT NOT NULL CHECK (moderation IN ('none', 'organisations', 'all')),
  visibilities TEXT NOT NULL,
  newsletter INTEGER NOT NULL CHECK (newsletter IN (0, 1)),
  confirm_by TEXT NOT NULL CHECK (confirm_by IN ('link', 'code')),
  mailbox_seats INTEGER NOT NULL CHECK (mailbox_seats IN (1, 2)),
  count_from INTEGER,
  names_from INTEGER,
  names_released_at INTEGER,
  list_from INTEGER,
  keep_contacts INTEGER NOT NULL CHECK (keep_contacts IN (0, 1)),
  anonymise_after_days INTEGER,
  discreet INTEGER NOT NULL CHECK (discreet IN (0, 1)),
  indexed INTEGER NOT NULL CHECK (indexed IN (0, 1)),
  reply_to TEXT,
  contact_public_key TEXT,
  guarded_since INTEGER,
  stamp INTEGER NOT NULL
) STRICT;

CREATE TABLE statement_texts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  statement_id INTEGER NOT NULL REFERENCES statements,
  locale TEXT NOT NULL,
  version INTEGER NOT NULL,
  title TEXT NOT NULL,
  place TEXT,
  dated TEXT,
  eligibility TEXT,
  body TEXT NOT NULL,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  change TEXT NOT NULL CHECK (change IN ('first', 'typo', 'substance')),
  reason TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (statement_id, locale, version)
) STRICT;

CREATE TABLE partners (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  locale TEXT,
  theme TEXT,
  report_hash BLOB,
  revoked_at INTEGER
) STRICT;

CREATE TABLE partner_origins (
  partner_id INTEGER NOT NULL REFERENCES partners,
  origin TEXT NOT NULL,
  PRIMARY KEY (partner_id, origin)
) STRICT;

CREATE TABLE statement_partners (
  statement_id INTEGER NOT NULL REFERENCES statements,
  partner_id INTEGER NOT NULL REFERENCES partners,
  PRIMARY KEY (statement_id, partner_id)
) STRICT;

CREATE TABLE wordings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  purpose TEXT NOT NULL CHECK (purpose IN ('consent', 'newsletter', 'representative')),
  statement_id INTEGER REFERENCES statements,
  partner_id INTEGER REFERENCES partners,
  locale TEXT NOT NULL,
  body TEXT NOT NULL,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX one_wording
    ON wordings (purpose, sha256, locale, coalesce(statement_id, 0), coalesce(partner_id, 0));

CREATE TABLE signatures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  statement_id INTEGER NOT NULL REFERENCES statements,
  text_id INTEGER NOT NULL REFERENCES statement_texts,
  partner_id INTEGER REFERENCES partners,
  nonce BLOB NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('individual', 'organisation')),
  name TEXT,
  title TEXT,
  affiliation TEXT,
  organisation TEXT,
  website TEXT,
  city TEXT,
  country TEXT,
  comment TEXT,
  locale TEXT NOT NULL,
  visibility TEXT NOT NULL CHECK (visibility IN ('name', 'initials', 'country', 'counted')),
  newsletter INTEGER NOT NULL DEFAULT 0 CHECK (newsletter IN (0, 1)),
  domain_proved INTEGER NOT NULL DEFAULT 0 CHECK (domain_proved IN (0, 1)),
  name_key TEXT,
  organisation_key TEXT,
  founding_key TEXT,
  email_key BLOB,
  key_version INTEGER,
  mailbox_seat INTEGER NOT NULL DEFAULT 1 CHECK (mailbox_seat IN (1, 2)),
  mail_domain TEXT,
  network_tag BLOB,
  script TEXT,
  consent_id INTEGER REFERENCES wordings,
  founding_place INTEGER,
  list_number INTEGER,
  signed_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  held_at INTEGER,
  withdrawn_at INTEGER,
  withdrawal_shown INTEGER,
  removed_at INTEGER,
  anonymised_at INTEGER,
  changed_at INTEGER NOT NULL,
  state TEXT NOT NULL GENERATED ALWAYS AS (
    CASE
      WHEN removed_at IS NOT NULL THEN 'removed'
      WHEN withdrawn_at IS NOT NULL THEN 'withdrawn'
      WHEN confirmed_at IS NULL THEN 'pending'
      WHEN held_at IS NOT NULL THEN 'held'
      ELSE 'confirmed'
    END
  ) STORED,
  CHECK (name IS NOT NULL OR organisation IS NOT NULL OR anonymised_at IS NOT NULL),
  CHECK (held_at IS NULL OR confirmed_at IS NOT NULL),
  CHECK (list_number IS NULL OR confirmed_at IS NOT NULL)
) STRICT;

CREATE UNIQUE INDEX one_seat ON signatures (statement_id, email_key, mailbox_seat)
 WHERE confirmed_at IS NOT NULL AND withdrawn_at IS NULL;
CREATE UNIQUE INDEX one_name ON signatures (statement_id, email_key, name_key)
 WHERE confirmed_at IS NOT NULL AND withdrawn_at IS NULL;
CREATE UNIQUE INDEX one_organisation ON signatures (statement_id, organisation_key)
 WHERE kind = 'organisation' AND state = 'confirmed';
CREATE UNIQUE INDEX one_founding ON signatures (statement_id, founding_key)
 WHERE founding_key IS NOT NULL;
CREATE UNIQUE INDEX one_list_number ON signatures (statement_id, list_number)
 WHERE list_number IS NOT NULL;
CREATE INDEX listed ON signatures (statement_id, list_number, name_key)
 WHERE state = 'confirmed' AND visibility <> 'counted';
CREATE INDEX listed_by_kind ON signatures (statement_id, kind, list_number, name_key)
 WHERE state = 'confirmed' AND visibility <> 'counted';
CREATE INDEX changed ON signatures (statement_id, changed_at, id) WHERE confirmed_at IS NOT NULL;
CREATE INDEX same_mailbox ON signatures (statement_id, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX waiting ON signatures (signed_at) WHERE confirmed_at IS NULL;
CREATE INDEX held ON signatures (statement_id, held_at) WHERE held_at IS NOT NULL;

CREATE TABLE submissions (
  statement_id INTEGER NOT NULL REFERENCES statements,
  key TEXT NOT NULL,
  digest BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (statement_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX old_submissions ON submissions (created_at);

CREATE TABLE contacts (
  signature_id INTEGER PRIMARY KEY REFERENCES signatures ON DELETE CASCADE,
  sealed BLOB NOT NULL,
  key_id TEXT NOT NULL,
  erase_at INTEGER
) STRICT;

CREATE INDEX contacts_to_erase ON contacts (erase_at) WHERE erase_at IS NOT NULL;

CREATE TABLE subscriptions (
  signature_id INTEGER NOT NULL REFERENCES signatures ON DELETE CASCADE,
  partner_id INTEGER NOT NULL DEFAULT 0,
  wording_id INTEGER NOT NULL REFERENCES wordings,
  confirmed_at INTEGER,
  withdrawn_at INTEGER,
  PRIMARY KEY (signature_id, partner_id)
) STRICT;

CREATE TABLE codes (
  signature_id INTEGER PRIMARY KEY REFERENCES signatures ON DELETE CASCADE,
  hash BLOB NOT NULL,
  tries INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  signature_id INTEGER,
  statement_id INTEGER,
  locale TEXT NOT NULL,
  email_key BLOB,
  sealed_to BLOB,
  details TEXT NOT NULL DEFAULT '{}',
  priority INTEGER NOT NULL DEFAULT 0,
  message_id TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  lease_until INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  reply TEXT,
  created_at INTEGER NOT NULL,
  sent_at INTEGER,
  dead_at INTEGER,
  suppressed_at INTEGER
) STRICT;

CREATE INDEX due ON outbox (priority, attempts, due_at, id)
 WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL;

CREATE TABLE mailings (
  outbox_id INTEGER PRIMARY KEY,
  email_key BLOB NOT NULL,
  statement_id INTEGER,
  sent_at INTEGER NOT NULL
) STRICT;

CREATE INDEX mailings_of_address ON mailings (email_key, sent_at);

CREATE TABLE suppressions (
  email_key BLOB NOT NULL,
  statement_id INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (email_key, statement_id)
) STRICT;

CREATE TABLE proofs (
  challenge BLOB PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tallies (
  statement_id INTEGER NOT NULL REFERENCES statements,
  partner_id INTEGER NOT NULL DEFAULT 0,
  kind TEXT NOT NULL,
  hour INTEGER NOT NULL,
  dimension TEXT NOT NULL,
  value TEXT NOT NULL,
  shard INTEGER NOT NULL DEFAULT 0,
  submitted INTEGER NOT NULL DEFAULT 0,
  mailed INTEGER NOT NULL DEFAULT 0,
  confirmed INTEGER NOT NULL DEFAULT 0,
  held INTEGER NOT NULL DEFAULT 0,
  withdrawn INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (statement_id, dimension, hour, value, partner_id, kind, shard)
) STRICT, WITHOUT ROWID;

CREATE TABLE rules (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  statement_id INTEGER NOT NULL REFERENCES statements,
  conditions TEXT NOT NULL,
  reason TEXT NOT NULL,
  progress INTEGER,
  started_at INTEGER,
  cancelled_at INTEGER,
  undone_at INTEGER
) STRICT;

CREATE TABLE holds (
  signature_id INTEGER NOT NULL REFERENCES signatures ON DELETE CASCADE,
  source TEXT NOT NULL,
  held_at INTEGER NOT NULL,
  released_at INTEGER,
  PRIMARY KEY (signature_id, source)
) STRICT;

CREATE TABLE verdicts (
  kind TEXT NOT NULL,
  pattern TEXT NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (kind, pattern)
) STRICT;

CREATE TABLE admins (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  sealed_email BLOB,
  password_hash TEXT NOT NULL,
  sealed_totp BLOB NOT NULL,
  totp_step INTEGER NOT NULL,
  recovery_hashes TEXT NOT NULL,
  disabled_at INTEGER
) STRICT;

CREATE TABLE roles (
  admin_id INTEGER NOT NULL REFERENCES admins,
  statement_id INTEGER NOT NULL DEFAULT 0,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'moderator', 'owner')),
  PRIMARY KEY (admin_id, statement_id)
) STRICT;

CREATE TABLE sessions (
  hash BLOB PRIMARY KEY,
  admin_id INTEGER NOT NULL REFERENCES admins,
  data TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  totp_at INTEGER
) STRICT;

CREATE TABLE tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  hash BLOB NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  statement_id INTEGER REFERENCES statements,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  used_at INTEGER,
  revoked_at INTEGER
) STRICT;

CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  verb TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason TEXT,
  details_digest BLOB,
  previous_hash BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;

CREATE TABLE journal_details (
  journal_id INTEGER PRIMARY KEY REFERENCES journal,
  salt BLOB NOT NULL,
  before TEXT,
  after TEXT
) STRICT;

CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  statement_id INTEGER NOT NULL REFERENCES statements,
  url TEXT NOT NULL,
  sealed_secret BLOB NOT NULL,
  events TEXT NOT NULL,
  stopped_at INTEGER
) STRICT;

CREATE TABLE switches (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  stamp INTEGER NOT NULL
) STRICT;
