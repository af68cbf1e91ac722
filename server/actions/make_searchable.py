"""Make searchable: lines that an older version confirmed get what the desk finds them by, some at a time."""

from server.records import signatures
from server.storage import Store, retried


@retried
def make_searchable(db: Store, *, most: int) -> int:
    """Index up to ``most`` lines and return how many there were: call it until 0; what is done stays done."""
    with db.write() as tx:
        return signatures.make_searchable(tx, most=most)
