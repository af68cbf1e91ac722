-- One row, which `/readyz` writes to find out whether the database can be written.

CREATE TABLE probes (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  written_at INTEGER NOT NULL
) STRICT;
