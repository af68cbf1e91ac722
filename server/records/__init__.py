"""One table, one module, its queries in a .sql file beside it."""

OTHERS_FROM = 1_000_000_000
LIST_NUMBERS_END = 1 << 62
"""List numbers order the public list: founding signatures have those up to ``OTHERS_FROM``, however late they come."""
