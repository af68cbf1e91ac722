"""What the tests of verbs and of delivery share: signing without HTTP, and a look into the tables."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from server.crypto.links import FormClaim, SignatureRef
from server.db import Row, Store, Tx
from server.services.confirm import Consent, Outcome, confirm_signature
from server.services.founding import import_founders
from server.services.sign import Submission, sign
from server.services.statements import open_statement
from server.services.texts import add_statement
from server.tables import counts, outbox, signature_queries, signatures, statements
from server.tables.counts import Counts
from server.tables.signatures import Signature
from server.tables.statements import Statement
from server.text.signatory_list import read_signatory_list
from server.text.statement_file import read_statement
from server.web.context import Context

RIVER_NEWS = "River Watch may send me its news by email."
JOURNAL = (  # as an admin reads it; what was erased is None
    "SELECT id, verb, actor, subject, journal_details.reason, before, after"
    "  FROM journal LEFT JOIN journal_details ON journal_id = id"
)
CONSENT = Consent("en", "I sign this statement, and my name may be published.")
NGO = {
    "kind": "organisation",
    "organisation": "River Watch NGO",
    "website": "https://riverwatch.example",
    "email": "maro@riverwatch.example",
    "name": "Maro",
}
UNPROVED = {**NGO, "email": "maro@gmail.com"}


def submission(**values: Any) -> Submission:
    """A submission as the form makes it, with a key of its own."""
    given = {"kind": "individual", "name": "Ani", "email": "ani@rivers.example", "locale": "en", **values}
    return Submission(**{"key": secrets.token_urlsafe(18), **given})


def look(db: Store, sql: str, **values: Any) -> list[Row]:
    """The rows that a query finds, read past the records."""
    with db.read() as tx:
        return tx.rows(sql, values)


def run(db: Store, sql: str, **values: Any) -> int:
    """Change the tables past the records, and return how many rows were."""
    with db.write() as tx:
        return tx.run(sql, values)


@dataclass
class Scene:
    """Signs and confirms under one statement, and reads what became of it."""

    context: Context
    statement: Statement
    clock: Callable[[], int]
    partner_id: int | None = None

    @property
    def db(self) -> Store:
        return self.context.db

    def at(self, slug: str) -> "Scene":
        with self.db.read() as tx:
            return Scene(self.context, statements.get(tx, slug), self.clock)

    def publish(self, slug: str, settings: str = "", *, locale: str = "en", title: str = "Clean air") -> "Scene":
        """Publish and open another statement; ``settings`` are more lines of its front matter."""
        source = f'+++\nslug = "{slug}"\nlocale = "{locale}"\ntitle = "{title}"\n{settings}\n+++\nWe ask for it.\n'
        add_statement(self.db, read_statement(source), actor="test", now=self.clock())
        open_statement(self.db, slug, actor="test", now=self.clock())
        return self.at(slug)

    @property
    def claim(self) -> FormClaim:
        texts = "SELECT id FROM statement_texts WHERE statement_id = :id ORDER BY id"
        [text, *_] = self.rows(texts, id=self.statement.id)
        return FormClaim(self.statement.id, text["id"], self.partner_id)

    @property
    def through_partner(self) -> "Scene":
        """The same, where all sign on a page of the first partner's."""
        return replace(self, partner_id=1)

    def submit(self, sent: Submission, *, verb: Callable[..., None] = sign, db: Store | None = None) -> None:
        context = self.context
        store = db or self.db
        verb(store, self.statement, self.claim, sent, keys=context.keys, sealer=context.sealer, now=self.clock())

    def sign(self, **values: Any) -> int:
        """Sign and return the id of the pending row."""
        self.submit(submission(**values))
        [row] = self.rows("SELECT max(id) AS id FROM signatures")
        return int(row["id"])

    def ref(self, signature_id: int) -> SignatureRef:
        return SignatureRef(signature_id, self.get(signature_id).nonce)

    def confirm(self, signature_id: int, *, consent: Consent = CONSENT) -> Outcome:
        return confirm_signature(self.db, self.ref(signature_id), consent=consent, now=self.clock())

    def signed(self, **values: Any) -> int:
        """Sign, confirm, and return the id."""
        signature_id = self.sign(**values)
        self.confirm(signature_id)
        return signature_id

    def found(self, published: str) -> None:
        """Enter a founding list as people publish it."""
        parsed = read_signatory_list(published, "auto")
        assert parsed.unplaced == ()
        import_founders(self.db, self.statement.slug, parsed.entries, actor="test", now=self.clock())

    def get(self, signature_id: int) -> Signature:
        with self.db.read() as tx:
            return signatures.get(tx, signature_id)

    def states(self) -> list[str]:
        return [row["state"] for row in self.rows("SELECT state FROM signatures ORDER BY id")]

    def reasons(self, signature_id: int) -> list[str]:
        """What holds a signature."""
        with self.db.read() as tx:
            return signatures.list_holds(tx, signature_id)

    def listed(self) -> list[str | None]:
        """The names on the public list, in its order."""
        with self.db.read() as tx:
            page = signature_queries.list_signatories(
                tx, self.statement.id, now=self.clock(), kind=None, after=0, most=100
            )
        return [line.organisation or line.name for line in page]

    def counts(self) -> tuple[int, int, int]:
        """Individuals, organisations, awaiting review; and they are what a recount gives."""
        with self.db.read() as tx:
            counted: Counts = counts.get_counts(tx, self.statement.id)
            assert counts.list_drift(tx) == []
        return counted.individuals, counted.organisations, counted.awaiting_review

    def journal(self) -> list[tuple[str, str, str | None]]:
        return [(row["verb"], row["subject"], row["reason"]) for row in self.rows(f"{JOURNAL} ORDER BY id")]

    def fates(self) -> outbox.DeliveryCounts:
        with self.db.read() as tx:
            return outbox.count_deliveries(tx)

    def emails(self) -> list[Row]:
        return self.rows("SELECT * FROM outbox ORDER BY id")

    def rows(self, sql: str, **values: Any) -> list[Row]:
        return look(self.db, sql, **values)

    def run(self, sql: str, **values: Any) -> int:
        return run(self.db, sql, **values)


@dataclass
class SpyTx:
    """A real transaction that notes every statement it is given."""

    tx: Tx
    said: list[str]

    @property
    def shards(self) -> int:
        return self.tx.shards

    def rows(self, sql: str, parameters: Any) -> list[Row]:
        self.said.append(sql)
        return self.tx.rows(sql, parameters)

    def run(self, sql: str, parameters: Any) -> int:
        self.said.append(sql)
        return self.tx.run(sql, parameters)

    def savepoint(self) -> AbstractContextManager[None]:
        return self.tx.savepoint()


@dataclass
class SpyStore:
    """A real store that notes every statement that goes through its transactions."""

    store: Store
    said: list[str] = field(default_factory=list)

    @contextmanager
    def read(self) -> Iterator[SpyTx]:
        self.said.append("BEGIN")
        with self.store.read() as tx:
            yield SpyTx(tx, self.said)

    @contextmanager
    def write(self) -> Iterator[SpyTx]:
        self.said.append("BEGIN IMMEDIATE")
        with self.store.write() as tx:
            yield SpyTx(tx, self.said)
