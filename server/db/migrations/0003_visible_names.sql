-- Who withdrew and wishes that to be seen keeps a line, and a search meets the hidden ones without reading their rows.

DROP INDEX listed;
DROP INDEX listed_by_kind;
CREATE INDEX listed ON signatures (statement_id, list_number, visibility, name_key)
 WHERE visibility <> 'counted'
   AND (state = 'confirmed' OR (state = 'withdrawn' AND withdrawal_shown = 1 AND held_at IS NULL));
CREATE INDEX listed_by_kind ON signatures (statement_id, kind, list_number, visibility, name_key)
 WHERE visibility <> 'counted'
   AND (state = 'confirmed' OR (state = 'withdrawn' AND withdrawal_shown = 1 AND held_at IS NULL));

-- With the condition that it had, a planner took it for the list, and then read every row that a search passes by.
DROP INDEX one_list_number;
CREATE UNIQUE INDEX one_list_number ON signatures (statement_id, list_number)
 WHERE confirmed_at IS NOT NULL;
