"""The engine: connections, read() and write() transactions, migrations; the only folder that knows the database."""

from server.storage.copying import copy, count_rows
from server.storage.opening import file_of, open_store
from server.storage.queries import queries_beside
from server.storage.retrying import retried
from server.storage.transactions import Conflict, Row, Store, Tx

__all__ = ["Conflict", "Row", "Store", "Tx", "copy", "count_rows", "file_of", "open_store", "queries_beside", "retried"]
