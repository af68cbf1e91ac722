"""The whole life of a statement on PostgreSQL, driven by the commands: two web processes, two deliveries, one list."""

import asyncio
import csv
import io
import json
import os
import re
import secrets
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email import message_from_bytes, policy
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from server.db import Store
from server.db.engines import open_store
from tests.cli.shell import Answer, rows, started
from tests.conftest import RIVERS
from tests.databases import Cluster, programs
from tests.drills.real_server import RealServer
from tests.mail.sink import Conversation, Sink, late
from tests.processes import COMMAND, OURS, PATIENCE_S, Running, free_port
from tests.web.scene import CSV, DATA, LIST, SIGN, everything

SLUG = "open-rivers"
PARTNER = "https://www.partner.example"
GIVEN = ("Ani", "Teodor", "Cleo", "Ruzanna", "Marie-Ange", "Maro", "Aram", "Անահիտ", "Ольга", "ნინო", "Zoë", "Ines")
FAMILY = ("Marlowe", "Vance", "Day", "Orme", "Lefèvre", "Sahl", "O’Hara", "Kovač", "Nguyễn", "Հակոբյան", "Ткач", "Ay")
NAMES = [f"{given} {family}" for family in FAMILY for given in GIVEN]
FOUNDERS, PEOPLE, RUSH = NAMES[:72], NAMES[72:112], NAMES[112:136]  # the first two fill more than one page
RUSH_NETWORK, ONLOOKER = "203.0.113.7", "203.0.113.250"
WAITING = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"


class Office:
    """An instance with its secrets in a file, and in the environment what a platform gives; it keeps what was said."""

    def __init__(self, folder: Path, address: str, port: int) -> None:
        self.folder = folder
        more = {"WEB_CONCURRENCY": "2", "UNDERSIGNED_MAIL_GAP_MINUTES": "0"}  # who confirms is thanked at once
        self.env = {"DATABASE_URL": address, "PORT": str(port), **more}
        self.said: dict[str, str] = {}

    def call(self, *words: object) -> subprocess.CompletedProcess[bytes]:
        command = [COMMAND, *map(str, ("--instance", self.folder, *words))]
        environ = {name: value for name, value in os.environ.items() if name not in OURS} | self.env
        return subprocess.run(command, env=environ, cwd=self.folder, capture_output=True, check=False)

    def say(self, *words: object) -> str:
        done = self.call(*words)
        assert done.returncode == 0, done.stderr.decode()
        return self.said.setdefault(" ".join(map(str, words[:2])), done.stdout.decode())

    def delivery(self, name: str) -> Running:
        words = ("--instance", self.folder, "deliver")
        return started(*words, printed=self.folder / name, cwd=self.folder, env=self.env)


class Door:
    """One kept-alive connection, behind a proxy that says from which network each request comes."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)

    def ask(self, path: str, *, network: str = ONLOOKER, form: str | None = None, **headers: str) -> Answer:
        """GET, or POST where a form is sent."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()} | {"X-Forwarded-For": network}
        self.connection.request("GET" if form is None else "POST", path, form and form.encode(), sent)
        answer = self.connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def address_of(name: str) -> str:
    return f"signer.{NAMES.index(name)}@rivers.example"


def network_of(name: str) -> str:
    """The person's own network; those of the rush share one."""
    return RUSH_NETWORK if name in RUSH else f"198.51.100.{NAMES.index(name)}"


def publish(office: Office, mail_url: str, port: int) -> None:
    """Bring a statement from nothing to the day on which people may sign it."""
    settings = (
        office.say("keys", "new"),
        f"UNDERSIGNED_BASE_URL=http://127.0.0.1:{port}",
        f"UNDERSIGNED_MAIL_URL={mail_url}",
        "UNDERSIGNED_MAIL_FROM=Open Letters <sign@letters.example>",
        "UNDERSIGNED_MAIL_DELIVERY=off",
        "UNDERSIGNED_TRUSTED_PROXIES=1",
        f"UNDERSIGNED_LIMIT_STORAGE=sqlite:///{office.folder / 'limits'}",
        "UNDERSIGNED_LIMIT_HEALTH=1 per minute",  # so that it tells one process from another
        "UNDERSIGNED_MIN_FILL_SECONDS=0",  # nobody here types
    )
    letter, founding = office.folder / "letter.md", office.folder / "founding.txt"
    (office.folder / "undersigned.env").write_text("\n".join(settings), "utf-8")
    letter.write_text(RIVERS, "utf-8")
    founding.write_text("\n".join(f"{place}. {name}, poet" for place, name in enumerate(FOUNDERS, start=1)), "utf-8")
    office.say("migrate")
    office.say("statement", "add", letter)
    office.say("signatories", "import", SLUG, founding)
    office.say("statement", "open", SLUG)
    office.say("partner", "add", SLUG, "--origin", PARTNER)
    office.say("signatories", "list", SLUG)


def open_doors(server: Running, port: int) -> list[Door]:
    """Connect; the first two doors lead into different processes, for each counts health for itself."""

    def into_another_process() -> Door | None:
        door = Door(port)
        return door if door.ask("/healthz").status == 200 else door.connection.close()

    both = [server.wait_for("an answer of each process", into_another_process) for _ in range(2)]
    return both + [Door(port) for _ in range(4)]


def through(doors: list[Door], ask: Callable[[Door, str], Answer], names: Sequence[str]) -> dict[str, Answer]:
    """Let everybody ask, at all doors at the same time, and return what each was answered."""

    def queue(number: int) -> dict[str, Answer]:
        return {name: ask(doors[number], name) for name in names[number :: len(doors)]}

    with ThreadPoolExecutor(len(doors)) as pool:
        return {name: answer for part in pool.map(queue, range(len(doors))) for name, answer in part.items()}


def sign(doors: list[Door], office: Office, names: Sequence[str]) -> dict[str, Answer]:
    """Let people sign on the partner's page, which gets its form from the server."""
    partner = re.search('partner="(.+?)"', office.said["partner add"])[1]
    form_token = json.loads(doors[0].ask(f"{DATA}?partner={partner}").body)["form_token"]

    def post(door: Door, name: str) -> Answer:
        sent = {"key": secrets.token_urlsafe(18), "form_token": form_token, "kind": "individual", "locale": "en"}
        form = json.dumps(sent | {"name": name, "email": address_of(name)})
        return door.ask(SIGN, network=network_of(name), form=form, Origin=PARTNER, Content_Type="application/json")

    return through(doors, post, names)


def make_two_senders_meet(sink: Sink) -> None:
    """Let the mail server take nothing from one sender before another is there: each has emails in its hands then."""
    meeting = asyncio.Barrier(2)

    async def wait_for_the_other(conversation: Conversation) -> None:
        await meeting.wait()
        await late(0)(conversation)

    sink.plan("MAIL", wait_for_the_other, wait_for_the_other)


def wait_until_sent(delivery: Running, db: Store) -> None:
    delivery.wait_for("the emails", lambda: all(row["sent_at"] for row in everything(db)["outbox"]))


def confirm(doors: list[Door], sink: Sink, db: Store, life: SimpleNamespace) -> None:
    """Let each person look at what their link opens, and then each press the button."""
    links = {}
    for email in sink.received:
        text = message_from_bytes(email.content, policy=policy.default).get_body(("plain",)).get_content()
        links[email.recipients[0]] = re.search(r"http://127\.0\.0\.1:\d+(/confirm/\S+)", text)[1]

    def follow(door: Door, name: str, form: str | None = None) -> Answer:
        kind = "application/x-www-form-urlencoded"
        return door.ask(links[address_of(name)], network=network_of(name), form=form, Content_Type=kind)

    life.before = everything(db)
    life.looked = through(doors, follow, PEOPLE)
    life.after = everything(db)
    life.pressed = through(doors, partial(follow, form="consent=yes"), PEOPLE)


def read(door: Door) -> tuple[list[list[str]], int]:
    """Return the names of the public list page by page, and how many there are by the count."""
    pages, after = [], ""
    while after is not None:
        page = json.loads(door.ask(f"{LIST}?after={after}").body)
        pages.append([line["name"] for line in page["signatories"]])
        after = page["next"]
    return pages, json.loads(door.ask(DATA).body)["counts"]["confirmed"]


def live(office: Office, cluster: Cluster, sink: Sink, db: Store, life: SimpleNamespace) -> None:
    """Serve, sign, deliver, confirm, read, take the list away, and be overrun at the end."""
    command = (COMMAND, "--instance", str(office.folder), "run")
    with (
        RealServer(command, port=life.port, log=office.folder / "server.log", **office.env) as server,
        psycopg.connect(office.env["DATABASE_URL"]) as held,
    ):
        doors = open_doors(server, life.port)
        life.signed = sign(doors, office, PEOPLE)
        held.execute("SELECT id FROM outbox FOR UPDATE")
        with office.delivery("first") as first, office.delivery("second") as second:
            # Both have picked the same emails when they stand before what is held.
            second.wait_for("both deliveries", lambda: cluster.execute(WAITING) == [(2,)])
            held.commit()
            wait_until_sent(first, db)
            confirm(doors, sink, db, life)
            life.read = [read(door) for door in doors[:2]]
            token = office.say("token", "add", "newsroom", "--scope", "export").strip()
            life.exported = office.call("signatories", "export", SLUG).stdout
            life.pulled = doors[1].ask(CSV, Authorization=f"Bearer {token}")
            life.rushed = sign(doors, office, RUSH)
            wait_until_sent(second, db)
        for door in doors:
            door.connection.close()
    office.say("outbox")
    life.checked = office.call("check")
    life.sent = [sum(map(int, re.findall(r"^sent (\d+)", each.text, re.MULTILINE))) for each in (first, second)]
    life.emails = Counter(to for email in sink.received for to in email.recipients)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server with its defaults: every commit is synced, else `undersigned check` would not be content."""
    cluster = Cluster(programs())
    cluster.start()
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def life(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    cluster.execute("CREATE DATABASE letters")
    life = SimpleNamespace(port=free_port())
    office = Office(tmp_path_factory.mktemp("office"), cluster.url("letters"), life.port)
    with Sink() as sink, closing(open_store(cluster.url("letters"))) as db:
        make_two_senders_meet(sink)
        publish(office, sink.url(), life.port)
        live(office, cluster, sink, db, life)
    life.said = office.said
    life.accepted = [name for name, answer in life.rushed.items() if answer.status == 202]
    return life


def test_the_commands_bring_a_statement_to_its_founding_list_in_order(life):
    assert life.said["migrate"].startswith("applied ")
    assert life.said["statement add"].startswith(f"added {SLUG} (en), version 1, sha256 ")
    assert life.said["signatories import"].endswith("\nadded 72, already on the list 0, lines left out 0\n")
    assert life.said["statement open"] == f"{SLUG} is open: http://127.0.0.1:{life.port}/s/{SLUG}\n"
    assert f"may embed {SLUG} from {PARTNER}." in life.said["partner add"]
    listed = [row[1:5] for row in rows(life.said["signatories list"])]
    assert listed == [["founding", "individual", name, "poet"] for name in FOUNDERS]


def test_everybody_who_signs_is_answered_the_same(life):
    assert {(answer.status, json.loads(answer.text)["state"]) for answer in life.signed.values()} == {(202, "pending")}


def test_two_deliveries_that_want_the_same_emails_send_each_of_them_once(life):
    emails = [address_of(name) for name in (*PEOPLE, *life.accepted, *PEOPLE)]  # who has confirmed is thanked
    assert life.emails == Counter(emails)
    assert sum(life.sent) == len(emails)
    assert min(life.sent) > 0, "both have delivered"
    assert life.said["outbox"] == f"waiting 0; sent {len(emails)}; kept back 0; dead 0\n"


def test_looking_at_a_link_shows_the_line_and_changes_nothing(life):
    assert [name for name, answer in life.looked.items() if answer.status != 200 or name not in answer.text] == []
    assert len(life.looked) == len(PEOPLE)
    assert life.after == life.before


def test_after_the_button_each_web_process_lists_the_founders_and_then_the_forty_and_counts_them(life):
    assert Counter(answer.status for answer in life.pressed.values()) == {303: 40}
    for (first_page, second_page), counted in life.read:
        names = first_page + second_page
        assert names[:72] == FOUNDERS
        assert sorted(names[72:]) == sorted(PEOPLE)
        assert counted == len(names)


def test_the_export_and_the_dump_for_machines_are_the_same_bytes(life):
    table = list(csv.DictReader(io.StringIO(life.exported.decode("utf-8-sig"))))

    assert (life.pulled.status, life.pulled.body) == (200, life.exported)
    assert [row["name"] for row in table if row["founding"] == "yes"] == FOUNDERS
    assert sorted(row["name"] for row in table if row["founding"] != "yes") == sorted(PEOPLE)
    assert {row["state"] for row in table} == {"confirmed"}


def test_both_web_processes_count_one_network_together(life):
    refused = [answer for answer in life.rushed.values() if answer.status != 202]

    assert (len(life.accepted), len(refused)) == (6, 18), "six per minute, as the setting comes"
    assert {answer.status for answer in refused} == {429}
    assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in refused)


def test_check_finds_nothing_wrong(life):
    assert (life.checked.returncode, life.checked.stderr) == (0, b"")
    assert life.checked.stdout.decode().splitlines()[-1] == "all is well"
