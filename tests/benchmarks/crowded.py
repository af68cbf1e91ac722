"""Makes a database in which a million have signed one statement, and a hundred another."""

import random
import secrets
from collections.abc import Iterator
from typing import Any

from server.crypto.links import NONCE_BYTES
from server.db import Store
from server.services import partners
from server.services.texts import add_statement
from server.tables import counts, statements
from server.tables import texts as texts_table
from server.text.addresses import AddressKeys
from server.text.names import name_key, search_key
from server.text.statement_file import read_statement
from tests.conftest import RIVERS

NOW = 1_800_000_000
SIGNERS = 1_000_000
SMALL_EVERY = 10_000  # so many sign the large statement while one signs the small one
PARTNERS = 40
FIRST = (
    *("Anna", "Ani", "Aram", "Lusine", "Մարիամ", "Գոհար", "ნინო", "გიორგი", "Olga", "Иван", "Мария", "Семён", "Elif"),
    *("Ayşe", "Günel", "Rəşad", "Jean", "Marie", "Hans", "王芳", "李娜", "محمد", "فاطمة", "अनिता", "Νίκος"),
)
LAST = (
    *("Petrosyan", "Գևորգյան", "ბერიძე", "Ivanova", "Иванов", "Шевченко", "Yılmaz", "Əliyev", "Dupont", "Müller"),
    *("Smith", "Sargsyan", "Kobakhidze", "Hakobyan", "Παπαδόπουλος", "शर्मा"),
)
SYLLABLES = [a + b for a in "bcdfghklmnprstvz" for b in "aeiou"]
TITLES = (None, None, "Poet", "Professor of History", "Teacher", "Engineer")
CITIES = (None, "Yerevan", "Tbilisi", "Baku", "Paris", "Berlin")
LOCALES = ("en", "en", "fr", "hy", "az", "ru", "tr")
DOMAINS = ("gmail.com", "mail.ru", "rivers.example")
COLUMNS = (
    *(
        "id",
        "statement_id",
        "text_id",
        "partner_id",
        "nonce",
        "kind",
        "name",
        "title",
        "organisation",
        "city",
        "locale",
    ),
    *("visibility", "name_key", "organisation_key", "email_key", "mail_domain", "list_number", "signed_at"),
    *("confirmed_at", "held_at", "withdrawn_at", "removed_at", "changed_at", "search_key"),
)


def fill(store: Store, keys: AddressKeys) -> None:
    """Publish both statements and let everybody sign; ``keys`` turns their mail domains into what is kept of them."""
    for source in (RIVERS, RIVERS.replace("open-rivers", "clean-lakes")):
        add_statement(store, read_statement(source), actor="bench", now=NOW)
    for number in range(1, PARTNERS + 1):
        partners.add_partner(
            store, "open-rivers", f"p{number}", name=f"Partner {number}", origins=[], actor="bench", now=NOW
        )
    with store.read() as tx:
        ids = [statements.get(tx, slug).id for slug in ("open-rivers", "clean-lakes")]
        texts = [texts_table.list_latest(tx, id_)[0].id for id_ in ids]
    rows = _rows(ids, texts, [keys.domain_key(domain) for domain in DOMAINS])
    [signatures] = [table for table in store.tables() if table.name == "signatures"]
    table = signatures._replace(columns=COLUMNS)
    while batch := [tuple(row[name] for name in COLUMNS) for _, row in zip(range(50_000), rows, strict=False)]:
        store.load(table, batch)
    store.end_load()
    _count(store, ids)
    _send(store)


def _rows(ids: list[int], texts: list[int], domains: list[str]) -> Iterator[dict[str, Any]]:
    chance = random.Random(1)
    for number in range(1, SIGNERS + 1):
        small = number % SMALL_EVERY == 0
        yield _row(chance, number, domains) | {"statement_id": ids[small], "text_id": texts[small]}


def _row(chance: random.Random, number: int, domains: list[str]) -> dict[str, Any]:
    last = chance.choice(LAST) if chance.random() < 0.5 else "".join(chance.choices(SYLLABLES, k=3)).title() + "yan"
    name, title, city = f"{chance.choice(FIRST)} {last}", chance.choice(TITLES), chance.choice(CITIES)
    organisation = f"{last} Watch {number}" if chance.random() < 0.02 else None
    at, state = NOW - (SIGNERS - number) * 3, _state(chance, organisation)
    confirmed_at = None if state == "pending" else at + 60
    key = name_key(organisation or name)
    return {
        **dict.fromkeys(COLUMNS),
        "id": number,
        "partner_id": PARTNERS if chance.random() < 0.0001 else chance.choice([None, *range(1, PARTNERS)]),
        "nonce": bytes(NONCE_BYTES),
        "kind": "organisation" if organisation else "individual",
        "name": name,
        "title": title,
        "organisation": organisation,
        "city": city,
        "locale": "ka" if chance.random() < 0.0001 else chance.choice(LOCALES),
        "visibility": "name",
        "name_key": key,
        "organisation_key": key if organisation else None,
        "email_key": secrets.token_bytes(32),
        "mail_domain": chance.choice(domains) if number > SIGNERS * 0.9 else None,
        "list_number": None if confirmed_at is None else number + 1_000_000,
        "signed_at": at,
        "confirmed_at": confirmed_at,
        "held_at": at + 60 if state == "held" else None,
        "withdrawn_at": at + 90 if state == "withdrawn" else None,
        "removed_at": at + 90 if state == "removed" else None,
        "changed_at": at,
        "search_key": None if confirmed_at is None else search_key(name, organisation, title, city),
    }


def _state(chance: random.Random, organisation: str | None) -> str:
    lot = chance.random()
    if organisation and lot < 0.2:
        return "held"
    return "pending" if lot < 0.05 else "withdrawn" if lot < 0.051 else "removed" if lot < 0.0515 else "confirmed"


def _count(store: Store, ids: list[int]) -> None:
    counted = (
        "SELECT kind, state, count(*) AS n FROM signatures"
        " WHERE statement_id = :id AND state IN ('confirmed', 'held') GROUP BY kind, state"
    )
    with store.write() as tx:
        for id_ in ids:
            for row in tx.rows(counted, {"id": id_}):
                subject = counts.Subject(id_, row["kind"])
                counts.move(tx, subject, was="pending", becomes=row["state"], now=NOW, by=row["n"])


def _send(store: Store) -> None:
    """Everybody has had an email."""
    with store.write() as tx:
        tx.run(
            "INSERT INTO outbox (kind, signature_id, statement_id, locale, message_id, due_at, created_at, sent_at)"
            " SELECT 'confirm', id, statement_id, locale, 'x', signed_at, signed_at, signed_at + 1 FROM signatures",
            {},
        )
