-- What was erased, and when: an older backup that is restored erases it again. It says nothing about who it was.

CREATE TABLE erasures (
  id INTEGER PRIMARY KEY,
  statement_id INTEGER NOT NULL,
  signature_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
