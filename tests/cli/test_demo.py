"""The demo: one command, four addresses, the whole way by hand, and everything inside the folder that it names."""

import json
import re
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from server.cli import demo as demo_command
from server.text.signatory_list import read_signatory_list
from tests.cli.shell import ask, shell, started
from tests.processes import Running, free_port

SIGN = "/api/v1/statements/free-flowing-rivers/signatures"
DATA = "/api/v1/statements/free-flowing-rivers?partner=harbour-street"
PAGE = "/s/free-flowing-rivers"
MAILBOX = "/demo/mailbox"
ANI = {"kind": "individual", "name": "Անի Գևորգյան", "email": "ani@rivers.example", "key": "a-key-of-the-browser"}


@dataclass
class Demo:
    """A running demo, and what it has printed of itself."""

    running: Running
    folder: Path
    partner: str
    page: str
    mailbox: str
    dump: str
    token: str

    @property
    def port(self) -> int:
        return int(urlsplit(self.page).port or 0)

    @property
    def partner_port(self) -> int:
        return int(urlsplit(self.partner).port or 0)

    def confirmed(self) -> int:
        return int(json.loads(ask(self.port, DATA).body)["counts"]["confirmed"])

    def sign(self, **fields: str) -> None:
        """Sign from the partner's page, never in the first seconds of a minute: a form's age counts from there."""
        self.running.wait_for("the third second", lambda: time.time() % 60 >= 3)
        token = json.loads(ask(self.port, DATA).body)["form_token"]
        body = json.dumps({**ANI, **fields, "form_token": token}).encode()
        headers = {"Content_Type": "application/json", "Origin": self.partner.rstrip("/")}
        assert ask(self.port, SIGN, method="POST", body=body, **headers).status == 202

    def link(self) -> str:
        """The path of the confirm link in the mailbox, as soon as it is there."""
        return self.running.wait_for(
            "the email", lambda: re.search(r'href="http://localhost:\d+(/confirm/[^"]+)"', self.read(MAILBOX))
        )[1]

    def read(self, path: str) -> str:
        answer = ask(self.port, path)
        assert answer.status == 200
        return answer.text


@contextmanager
def shown(*words: str, printed: Path, cwd: Path, **env: str):
    """A demo that has printed its addresses and answers."""
    with started("demo", *words, printed=printed, cwd=cwd, env=env) as running:
        told = running.wait_for("the addresses", lambda: "Stop with" in running.text and running.text)
        addresses = dict(re.findall(r"^  (a partner's page|the statement|the mailbox) +(\S+)$", told, re.MULTILINE))
        [(token, dump)] = re.findall(
            r"^  the CSV export +curl -H 'Authorization: Bearer (\S+)' (\S+)$", told, re.MULTILINE
        )
        [kept] = re.findall(r"Everything it keeps is in (.+)$", told, re.MULTILINE)
        demo = Demo(running, Path(kept), *addresses.values(), dump, token)
        running.wait_for("an answer", lambda: ask(demo.port, "/healthz"))
        yield demo


@dataclass
class World:
    """The places that a demo could write into: an empty folder to stand in, a home, and where temporary things go."""

    cwd: Path
    home: Path
    tmp: Path

    def files(self) -> set[Path]:
        return {file for place in (self.cwd, self.home, self.tmp) for file in place.rglob("*")}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(*(tmp_path_factory.mktemp(name) for name in ("cwd", "home", "tmp")))


@pytest.fixture(scope="module")
def demo(world, tmp_path_factory):
    """The demo as a newcomer starts it, but on ports that are free."""
    printed = tmp_path_factory.mktemp("printed") / "out.txt"
    ports = ("--port", str(free_port()), "--partner-port", str(free_port()))
    env = {"HOME": str(world.home), "TMPDIR": str(world.tmp)}
    with shown(*ports, printed=printed, cwd=world.cwd, **env) as running:
        yield running


def test_it_prints_where_everything_is(demo):
    origin = f"http://localhost:{demo.port}"

    assert (demo.page, demo.mailbox) == (origin + PAGE, origin + MAILBOX)
    assert demo.dump == f"{origin}/admin/statements/free-flowing-rivers/signatures.csv"
    assert demo.partner == f"http://localhost:{demo.partner_port}/"
    assert demo.partner_port != demo.port


@pytest.mark.parametrize(
    ("locale", "title"),
    [("en", "Keep the Highland Rivers Free"), ("fr", "Laissons couler les rivières des hauteurs")],
)
def test_the_statement_is_there_in_two_languages_with_its_founding_signatures(demo, locale, title):
    page = demo.read(f"{PAGE}?locale={locale}")

    assert f'<html lang="{locale}"' in page
    assert title in page
    for name in ("“Living Water” Association", "Nino Kharaishvili", "Հայկ Սարգսյան", "Marie-Ange Lefèvre"):
        assert name in page


def test_the_partners_page_is_another_origin_that_embeds_the_form_under_a_strict_policy(demo):
    page = ask(demo.partner_port, "/")
    server = f"http://localhost:{demo.port}"

    assert page.status == 200
    assert f'<undersigned-form server="{server}" statement="free-flowing-rivers" partner="harbour-street"' in page.text
    assert "{{" not in page.text
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert (policy["script-src"], policy["connect-src"]) == (server, f"'self' {server}")
    assert policy["require-trusted-types-for"] == "'script'"
    assert ask(demo.partner_port, "/partner.css").headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["/../site.py", "/%2e%2e/pyproject.toml", "/nothing", "//etc/passwd", "/partner.html/.."]
)
def test_the_partners_website_shows_its_pages_and_no_other_file(demo, path):
    assert ask(demo.partner_port, path).status == 404


def test_the_script_that_the_page_asks_for_is_there(demo):
    script = ask(demo.port, "/widget/v1/undersigned.js")

    assert script.status == 200
    assert "undersigned-form" in script.text


def test_the_whole_way_by_hand(demo):
    before = demo.confirmed()

    demo.sign()
    link = demo.link()
    assert "ani@rivers.example" in demo.read(MAILBOX)
    assert demo.confirmed() == before
    pressed = ask(demo.port, link, method="POST", body=b"consent=yes", Content_Type="application/x-www-form-urlencoded")

    assert pressed.status == 303
    demo.running.wait_for("the count", lambda: demo.confirmed() == before + 1)
    dump = ask(demo.port, urlsplit(demo.dump).path, Authorization=f"Bearer {demo.token}")
    assert dump.status == 200
    assert '"Անի Գևորգյան"' in dump.text
    assert "ani@rivers.example" not in dump.text


def test_the_printed_token_opens_the_dump_and_nobody_else_gets_it(demo):
    assert ask(demo.port, urlsplit(demo.dump).path).status == 401


def test_it_writes_nothing_outside_the_folder_that_it_names(demo, world):
    assert demo.folder.parent == world.tmp
    assert {file for file in world.files() if file != demo.folder and demo.folder not in file.parents} == set()
    assert {"undersigned.env", "undersigned.db"} <= {file.name for file in demo.folder.iterdir()}


def test_ports_that_are_taken_are_left_alone(demo, tmp_path):
    taken = ("--port", str(demo.port), "--partner-port", str(demo.partner_port), "--folder", str(tmp_path / "second"))

    with shown(*taken, printed=tmp_path / "out.txt", cwd=tmp_path) as second:
        assert len({demo.port, demo.partner_port, second.port, second.partner_port}) == 4
        assert f'server="http://localhost:{second.port}"' in ask(second.partner_port, "/").text
        second.sign()


def test_a_second_start_in_the_same_folder_keeps_what_was_there(tmp_path):
    folder = tmp_path / "it's kept #1"
    ports = ("--port", str(free_port()), "--partner-port", str(free_port()))
    with shown("--folder", str(folder), *ports, printed=tmp_path / "1.txt", cwd=tmp_path) as first:
        first.sign()
        link, confirmed = first.link(), first.confirmed()
        assert first.folder == folder
        assert first.running.end() < 5

    ports = ("--port", str(free_port()), "--partner-port", str(free_port()))
    with shown("--folder", str(folder), *ports, printed=tmp_path / "2.txt", cwd=tmp_path) as second:
        assert second.confirmed() == confirmed
        assert "ani@rivers.example" in second.read(MAILBOX)
        assert ask(second.port, link).status == 200
        assert ask(second.port, urlsplit(first.dump).path, Authorization=f"Bearer {first.token}").status == 200
        second.sign(key="another-key-of-the-browser", name="Aram", email="aram@rivers.example")


def test_a_real_instance_is_not_taken_for_a_demo(letters):
    before = {file.name: file.read_bytes() for file in letters.iterdir()}

    refused = shell("demo", "--folder", letters)

    assert refused.exit_code == 1
    assert refused.stderr == f"Error: {letters} holds an instance that is not a demo; use another folder\n"
    assert {file.name: file.read_bytes() for file in letters.iterdir()} == before


@pytest.mark.sqlite
def test_settings_of_a_real_instance_around_it_do_not_reach_the_demo(tmp_path, letters):
    real = {
        "UNDERSIGNED_DATABASE": str(letters / "undersigned.db"),
        "UNDERSIGNED_MAIL_URL": "smtp://mail.example",
        "UNDERSIGNED_MAIL_DELIVERY": "off",
        "UNDERSIGNED_HOST": "0.0.0.0",
        "UNDERSIGNED_MIN_FILL_SECONDS": "600",
    }
    before = (letters / "undersigned.db").read_bytes()
    ports = ("--port", str(free_port()), "--partner-port", str(free_port()))

    with shown("--folder", str(tmp_path / "demo"), *ports, printed=tmp_path / "o", cwd=tmp_path, **real) as demo:
        demo.sign()
        assert demo.link()

    assert (letters / "undersigned.db").read_bytes() == before


def test_the_same_port_for_both_is_two_ports(tmp_path):
    port = free_port()

    words = ("--folder", str(tmp_path / "demo"), "--port", str(port), "--partner-port", str(port))
    with shown(*words, printed=tmp_path / "out.txt", cwd=tmp_path) as demo:
        assert demo.port == port
        assert demo.partner_port != port


def test_a_port_on_which_somebody_else_listens_is_told_from_a_free_one(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        taken = somebody.getsockname()[1]
        words = ("--folder", str(tmp_path / "demo"), "--port", str(taken), "--partner-port", str(free_port()))
        with shown(*words, printed=tmp_path / "out.txt", cwd=tmp_path) as demo:
            assert demo.port != taken


@pytest.mark.parametrize(
    ("name", "kinds"), [("organisations.txt", ["organisation"] * 3), ("people.txt", ["individual"] * 4)]
)
def test_every_line_of_its_founding_lists_is_understood(name, kinds):
    parsed = read_signatory_list((files("server.demo") / name).read_text("utf-8"))

    assert [entry.kind for entry in parsed.entries] == kinds
    assert parsed.unplaced == ()


@pytest.fixture
def mailbox_page(app, client):
    """Reads the mailbox's page in an app of this process that has one."""
    app.register_blueprint(demo_command.bp)
    return lambda: client.get(MAILBOX)


def test_a_mailbox_that_is_not_there_yet_or_half_made_is_empty(mailbox_page, letters):
    answers = [mailbox_page()]
    for folder in (letters / "mail", letters / "mail" / "cur", letters / "mail" / "new"):
        folder.mkdir()
        answers.append(mailbox_page())

    assert [answer.status_code for answer in answers] == [200] * 4
    assert all("No email yet" in answer.text for answer in answers)


def test_the_newest_email_stands_first(mailbox_page, signer, mails, clock):
    for name in ("first", "second"):
        signer.post(name=name, email=f"{name}@rivers.example")
        mails.deliver()
        clock.forward(minutes=1)

    page = mailbox_page().text

    assert page.index("second@rivers.example") < page.index("first@rivers.example")
