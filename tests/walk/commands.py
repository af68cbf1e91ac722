"""The part of the walk that runs the command line, with the statements and lists that the other parts work with."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.walk.world import Email, World, command, every_command, read_emails

LOCALES = ("en", "fr", "hy", "az", "ka", "ru", "uk", "tr", "de", "ar")
NEWS = "River Watch may send me its news."
RIVERS = """+++
slug = "open-rivers"
locale = "{locale}"
title = "Keep our rivers open ({locale})"
place = "Kutaisi"
date = 2027-01-10
eligibility = "Anybody who lives by a river ({locale})"
"""
RIVERS_SHARED = """timezone = "Asia/Tbilisi"
event = 2027-03-01T10:00:00
goal = 500
kinds = ["individual", "organisation"]
fields = ["title", "affiliation", "city", "country", "website", "comment"]
moderation = "organisations"
newsletter = true
visibilities = ["name", "initials", "country", "counted"]
reply_to = "answers@letters.example"
mailbox_seats = 2
"""
RIVERS_BODY = (
    "+++\nWe, the undersigned, ask for **open** rivers ({locale}).\n\n- one\n- [two](https://rivers.example/two)\n"
)
SMALL = (
    '+++\nslug = "{slug}"\nlocale = "en"\ntitle = "Keep the {slug}"\ntimezone = "Asia/Tbilisi"\n{more}+++\n'
    "We ask for it.\n"
)
OTHERS = {
    "quiet-lakes": 'moderation = "all"\nconfirm = "code"\ndiscreet = true\nkinds = ["individual"]\n'
    'fields = ["city"]\nrequired = ["city"]\n',
    "shy-hills": "names_from = 3\ncount_from = 2\nlist_from = 2027-01-20\nkeep_contacts = true\n",
    "short-days": "closes = 2027-01-17\nnewsletter = true\nanonymise_after_days = 20\n",
    "late-woods": "opens = 2027-06-01\n",
    "draft-moors": "",
}
FOUNDERS = """1. “Clear Water” NGO
2. Ani Marlowe, Poet
3. Քար ու ջուր ՀԿ
4. Prof. Levan Example, Hill University
"""
MIXED = "Signed by:\nHill Club, Lake Example\nNino Sample <nino@lakes.example>\n"


def run_help(world: World) -> None:
    """Show the help of every command and group."""
    from server.cli import main

    for words in every_command(main):
        command(world, *words, "--help")
    command(world, "--version")
    command(world, "no-such-command", expect=2)


def make_instances(world: World) -> None:
    """Make an instance as an admin does, then the tables of the one that the walk goes on with."""
    made = world.folder / "made"
    command(world, "init", str(made))
    command(world, "init", str(made), expect=1)
    world.write((made / "undersigned.env").read_text())
    command(world, "keys", "new")
    command(world, "statement", "list", expect=1)  # there is no database yet
    command(world, "migrate")
    command(world, "migrate")
    command(world, "check", env={"UNDERSIGNED_BASE_URL": "not an address", "UNDERSIGNED_GOAL": "1"}, expect=1)


def publish(world: World) -> None:
    """Add all statements, open most of them, and let partners embed them."""
    folder = world.folder / "texts"
    folder.mkdir()
    for locale in (*LOCALES, "el"):
        head = RIVERS.format(locale=locale) + (RIVERS_SHARED if locale == "en" else "")
        _add(world, folder / f"rivers-{locale}.md", head + RIVERS_BODY.format(locale=locale))
    for slug, more in OTHERS.items():
        _add(world, folder / f"{slug}.md", SMALL.format(slug=slug, more=more))
    _add(world, folder / "wrong.md", '+++\nslug = "Not A Slug"\ncolour = 1\n+++\n', expect=1)
    _add(world, folder / "no-head.md", "We ask.\n", expect=1)
    (folder / "latin.md").write_bytes(b"+++\nslug = \xe9\n+++\n")
    command(world, "statement", "add", str(folder / "latin.md"), expect=1)
    command(world, "statement", "add", str(folder / "missing.md"), expect=2)
    for slug in ("open-rivers", "quiet-lakes", "shy-hills", "short-days", "late-woods"):
        command(world, "statement", "open", slug)
    command(world, "statement", "open", "open-rivers", expect=0)
    command(world, "statement", "open", "no-such", expect=1)
    command(world, "statement", "list")


def _add(world: World, file: Path, source: str, *, expect: int = 0) -> None:
    file.write_text(source, encoding="utf-8")
    command(world, "statement", "add", str(file), expect=expect)


def let_partners_in(world: World) -> str:
    """Add partners, word a newsletter, and return the path of a partner's report."""
    origin = "https://river.example"
    rivers = ("partner", "add", "open-rivers")
    command(world, *rivers, "--origin", origin, "--name", "River Watch", "--as", "river-watch")
    command(world, *rivers, "--origin", "https://www.lakes.example", "--origin", "https://lakes.example")
    command(world, *rivers, "--origin", "not an origin", expect=1)
    command(world, *rivers, "--origin", "https://gone.example", "--as", "gone")
    command(world, "partner", "add", "quiet-lakes", "--origin", origin, "--as", "river-watch")
    news = ("partner", "newsletter", "open-rivers", "river-watch")
    command(world, *news, NEWS, "--locale", "en")
    command(world, *news, "River Watch peut m'écrire.", "--locale", "fr")
    command(world, *news, "", "--locale", "fr")
    command(world, *news, "x", "--locale", "xx", expect=1)
    command(world, "partner", "revoke", "gone")
    command(world, *rivers, "--origin", "https://gone.example", "--as", "gone", expect=1)
    command(world, "partner", "restore", "gone")
    command(world, "partner", "revoke", "no-such", expect=1)
    command(world, "partner", "list")
    command(world, "partner", "list", "open-rivers")
    command(world, "partner", "list", "no-such", expect=1)
    command(world, "partner", "report", "quiet-lakes", "gone", expect=1)
    report = command(world, "partner", "report", "open-rivers", "river-watch")
    return report[report.index("/partner/") :].split()[0]


def import_founders(world: World) -> None:
    """Enter a founding list from a file, and look at one before."""
    folder = world.folder / "texts"
    (folder / "founders.txt").write_text(FOUNDERS, encoding="utf-8")
    (folder / "mixed.txt").write_text(MIXED, encoding="utf-8")
    (folder / "table.csv").write_text("Name,Organisation,Role\nMaro Pattern,River Shop,Owner\n", encoding="utf-8")
    to = ("signatories", "import", "open-rivers")
    command(world, *to, str(folder / "founders.txt"), "--dry-run")
    command(world, *to, str(folder / "founders.txt"))
    command(world, *to, str(folder / "founders.txt"))
    command(world, *to, str(folder / "mixed.txt"), "--dry-run")
    command(world, *to, str(folder / "mixed.txt"))
    command(world, *to, str(folder / "table.csv"), "--kind", "individual")
    command(world, "signatories", "import", "no-such", str(folder / "table.csv"), expect=1)
    (folder / "form.csv").write_text("Name,Email\nEka Invited,eka@elsewhere.example\nNobody,\n", encoding="utf-8")
    invite = ("signatories", "invite", "open-rivers", str(folder / "form.csv"), "--source", "the form at lakes.example")
    command(world, *invite, "--dry-run")
    command(world, *invite, expect=3)
    command(world, *invite, "--yes")
    command(world, *invite, "--pace", "3600", "--yes")
    command(world, "signatories", "invite", "no-such", *invite[3:], expect=1)


def add_admins(world: World) -> dict[str, str]:
    """Make accounts for the desk, and return their first passwords."""
    passwords = {}
    for name, more in {
        "olga": ("--role", "owner"),
        "mher": ("--role", "moderator", "--statement", "open-rivers"),
        "vera": ("--role", "viewer", "--statement", "open-rivers"),
        "otar": ("--role", "owner", "--statement", "open-rivers"),
        "paul": ("--role", "viewer"),
    }.items():
        printed = command(world, "admin", "add", name, *more)
        passwords[name] = next(word for word in printed.split() if word.count("-") == 3 and len(word) == 23)
    command(world, "admin", "add", "olga", "--role", "owner", expect=1)
    command(world, "admin", "add", "Not A Name", "--role", "owner", expect=1)
    command(world, "admin", "add", "nobody", expect=2)
    command(world, "admin", "role", "paul", "moderator", "--statement", "quiet-lakes")
    command(world, "admin", "role", "paul", "none")
    command(world, "admin", "role", "nobody", "viewer", expect=1)
    command(world, "admin", "disable", "paul")
    command(world, "admin", "enable", "paul")
    command(world, "admin", "reset", "paul")
    command(world, "admin", "reset", "nobody", expect=1)
    command(world, "admin", "list")
    return passwords


def add_tokens(world: World) -> dict[str, str]:
    """Make tokens, and return the secrets of those that open something, by name."""
    export = ("--scope", "export")
    wanted = {
        "all": (),
        "rivers": ("--statement", "open-rivers", "--days", "30"),
        "lakes": ("--statement", "quiet-lakes"),
        "revoked": (),
    }
    made = {name: command(world, "token", "add", name, *export, *more).strip() for name, more in wanted.items()}
    command(world, "token", "add", "all", *export, expect=1)
    command(world, "token", "add", "none", expect=2)
    command(world, "token", "revoke", "revoked")
    command(world, "token", "revoke", "revoked", expect=1)
    command(world, "token", "list")
    return made


def preview_emails(world: World) -> None:
    """Render every kind of email in every language, and record all files."""
    folder = world.folder / "emails"
    command(world, "email", "preview", "--to", str(folder))
    for file in sorted(one for one in folder.rglob("*") if one.is_file()):
        world.begin("file", str(file.relative_to(world.folder)))
        world.write_bytes(file.read_bytes())
    for kind in ("confirm", "links"):
        command(world, "email", "preview", kind, "--locale", "hy")
    command(world, "email", "preview", expect=2)
    command(world, "email", "preview", "no-such-kind", expect=2)


def moderate(world: World) -> None:
    """List signatures, and decide about some of them."""
    command(world, "signatories", "list", "open-rivers")
    for state in ("confirmed", "held", "withdrawn", "removed", "pending"):
        command(world, "signatories", "list", "open-rivers", "--state", state)
    command(world, "signatories", "list", "no-such", expect=1)
    command(world, "signatories", "hold", "open-rivers", "1", "2", "--reason", "We look at it.")
    command(world, "signatories", "hold", "open-rivers", "1", expect=1)
    command(world, "signatories", "approve", "open-rivers", "1", "2")
    command(world, "signatories", "approve", "open-rivers", "9999", expect=1)
    command(world, "signatories", "remove", "open-rivers", "4", "--reason", "It was entered by mistake.")


def export(world: World) -> None:
    """Write the dump in every format, with every choice."""
    for slug in ("open-rivers", "quiet-lakes", "shy-hills", "short-days"):
        dump = ("signatories", "export", slug)
        for as_format in ("csv", "csv-semicolon", "xlsx", "jsonl"):
            command(world, *dump, "--format", as_format)
            command(world, *dump, "--format", as_format, "--public")
            command(world, *dump, "--format", as_format, "--contacts")
            command(world, "signatories", "subscribers", slug, "--format", as_format)
        command(world, *dump, "--columns", "id,name")
        command(world, *dump, "--columns", "id,colour", expect=1)
        command(world, *dump, "--since", "")
        command(world, *dump, "--since", "1800000100-2", expect=1)
        command(world, *dump, "--since", "yesterday", expect=1)
    command(world, "signatories", "subscribers", "open-rivers", "--partner", "river-watch")
    command(world, "signatories", "subscribers", "open-rivers", "--partner", "no-such", expect=1)
    command(world, "signatories", "export", "no-such", expect=1)


def look_after(world: World) -> None:
    """Ask for journal, outbox and health."""
    newest = command(world, "journal", "verify").split()
    head = next(word for word in newest if ":" in word and word.partition(":")[0].isdigit())
    command(world, "journal", "verify", "--expect", head)
    command(world, "journal", "verify", "--expect", f"1:{'0' * 64}", expect=1)
    command(world, "journal", "list")
    command(world, "journal", "list", "--statement", "open-rivers", "--signers", "--most", "1000")
    command(world, "journal", "export")
    command(world, "journal", "export", "--statement", "quiet-lakes", "--since", "5")
    command(world, "outbox")
    command(world, "outbox", "--list", "sent")
    command(world, "outbox", "--retry")
    command(world, "bounce", "--allow", "nobody@rivers.example")
    command(world, "check")


def revise(world: World) -> None:
    """Change texts that people have signed."""
    folder = world.folder / "texts"
    mended = RIVERS.format(locale="en") + RIVERS_BODY.format(locale="en").replace("open", "free")
    changed = mended.replace("ask for", "demand at once")
    (folder / "mended.md").write_text(mended, encoding="utf-8")
    (folder / "changed.md").write_text(changed, encoding="utf-8")
    command(world, "statement", "add", str(folder / "mended.md"), expect=1)
    command(world, "statement", "add", str(folder / "mended.md"), "--typo", "A word was wrong.")
    command(world, "statement", "add", str(folder / "mended.md"), "--typo", "A word was wrong.", expect=1)
    command(world, "statement", "add", str(folder / "changed.md"), "--substance", "We ask for more.")
    command(world, "statement", "close", "quiet-lakes")
    command(world, "statement", "close", "no-such", expect=1)
    command(world, "statement", "list")


def copy(world: World) -> None:
    """Copy the database into another one."""
    source, target = world.folder / "undersigned.db", world.folder / "copied.db"
    command(world, "copy", "--from", str(source), "--to", str(target))
    command(world, "copy", "--from", str(source), "--to", str(target))
    command(world, "copy", "--from", str(world.folder / "missing.db"), "--to", str(target), expect=1)


@contextmanager
def _one_round() -> Iterator[None]:
    """Let each start of a thread wait for its end, and let each wait for some seconds end the loop that it stands in.

    The chores of a web process do all that is due, then wait for the stop, at most for some seconds. So this is one
    round of them, and nothing else runs beside it. A wait without a limit, as threads have it when they start, stays.
    """
    start, wait = threading.Thread.start, threading.Event.wait

    def start_and_wait(thread: threading.Thread) -> None:
        start(thread)
        thread.join()

    def stop_now(event: threading.Event, timeout: float | None = None) -> bool:
        if timeout is None:
            return wait(event)
        event.set()
        return True

    threading.Thread.start, threading.Event.wait = start_and_wait, stop_now
    try:
        yield
    finally:
        threading.Thread.start, threading.Event.wait = start, wait


def run_hourly_jobs(world: World) -> list[Email]:
    """Run the command that serves, with a web server that makes one process and serves nothing; return the emails."""
    with _one_round():
        command(world, "run", env={"UNDERSIGNED_MAIL_DELIVERY": "thread"})
    return read_emails(world)


def replace_web_server() -> None:
    """Let ``granian.Granian`` only make the app of one process; call it before ``server`` is imported.

    The command passes the name of a function to it, and so nothing here depends on where that function stands.
    """
    import granian

    class OneProcess:
        def __init__(self, target: str, **_: Any) -> None:
            self._target = target

        def serve(self) -> None:
            import importlib
            import logging

            module, _, name = self._target.partition(":")
            known = logging.root.handlers[:]
            logging.root.addHandler(logging.NullHandler())  # then the process sets up no logging of its own
            try:
                getattr(importlib.import_module(module), name)()
            finally:
                logging.root.handlers[:] = known

    granian.Granian = OneProcess


def serve_nowhere(world: World) -> None:
    """Ask for an address that this machine does not have."""
    command(world, "run", env={"UNDERSIGNED_HOST": "192.0.2.1"}, expect=1)
