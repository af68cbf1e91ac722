"""One table, one module, its queries in a .sql file beside it."""
