"""What the tests of the web layer share: where things are, other statements, and what is in the tables."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from server.config import SETTINGS
from server.db import Store
from server.services import statements, texts
from server.text.statement_file import read_statement
from server.web.assets import DESCRIPTIONS, PARTS, STATIC_FILES
from server.web.context import Context
from server.web.public.handbook import PAGES, PICTURES
from tests.scene import look

DATA = "/api/v1/statements/open-rivers"
SIGN = f"{DATA}/signatures"
LIST = f"{DATA}/signatories"
PAGE = "/s/open-rivers"
CSV = "/admin/statements/open-rivers/signatures.csv"
TICKED = {"consent": "yes"}
NO_LIMITS = {
    setting.variable: re.sub(r"\d+ per", "100000000 per", setting.default or "")
    for setting in SETTINGS
    if setting.name.startswith("LIMIT_") and setting.name != "LIMIT_STORAGE"
}  # every window of the defaults is counted, and never full
_DOMAIN = (
    *("statements", "signatures", "contacts", "outbox", "submissions", "holds", "tallies", "wordings", "mailings"),
    *("suppressions", "subscriptions", "partners"),
)


def add_statement(db: Store, slug: str, now: int, *, opened: bool = True, **values: str) -> None:
    """Publish a small statement; the values are TOML."""
    table = {"locale": '"en"', "title": '"Keep the lakes open"'} | values
    lines = "".join(f"{key} = {value}\n" for key, value in table.items())
    texts.add_statement(
        db, read_statement(f'+++\nslug = "{slug}"\n{lines}+++\nWe ask for lakes.\n'), actor="test", now=now
    )
    if opened:
        statements.open_statement(db, slug, actor="test", now=now)


def count(db: Store, table: str) -> int:
    return look(db, f"SELECT count(*) AS n FROM {table}")[0]["n"]


def kept(db: Store) -> list[int]:
    """How many rows there are of what a signature makes."""
    return [count(db, table) for table in ("signatures", "outbox", "contacts", "submissions")]


def everything(db: Store) -> dict[str, list[dict[str, Any]]]:
    """All of the domain's state, to see that nothing has changed it."""
    return {table: look(db, f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4") for table in _DOMAIN}


def newest_link(context: Context, *, now: int) -> str:
    """The confirm link of the newest signature, as its email would hold it."""
    row = look(context.db, "SELECT id, nonce FROM signatures ORDER BY id DESC LIMIT 1")[0]
    return "/confirm/" + context.links.confirm_token(row["id"], bytes(row["nonce"]), now=now)


def own_link(context: Context, *, now: int) -> str:
    """The manage link of the newest signature, as an email would hold it."""
    row = look(context.db, "SELECT id, nonce FROM signatures ORDER BY id DESC LIMIT 1")[0]
    return "/signature/" + context.links.manage_token(row["id"], bytes(row["nonce"]), now=now)


def table_of(answer: Any) -> list[dict[str, str]]:
    """The rows of a CSV answer, read as a program would."""
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def addresses(app: Flask, method: str, **values: str) -> Iterator[str]:
    """The address of every route that takes this method, filled with values."""
    files = {"name": next(iter(DESCRIPTIONS)), "part": PARTS[0], "file": STATIC_FILES[0]}
    ours = {**files, "page": PAGES[0], "picture": PICTURES[0]}
    values = {**ours, **values}
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if method in rule.methods:
            yield adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments}, method=method)


def public_names(client: FlaskClient) -> list[str]:
    """The names on the public list, in its order."""
    return [line["name"] or line["organisation"] for line in client.get(LIST).json["signatories"]]


def headers_of(answer: Any) -> list[tuple[str, str]]:
    return sorted(answer.headers.items())
