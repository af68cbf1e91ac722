"""What README and handbook tell people to paste into a shell does what they say, line by line."""

import csv
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import sqlite_utils

from tests.processes import OURS, Running, free_port
from tests.rules.documents import HANDBOOK, README, blocks, section
from tests.rules.sources import ROOT

WALK = section(HANDBOOK["admins"], "A statement, from file to list")
TOUR = section(README, "A five-minute tour")
QUERIES = section(HANDBOOK["admins"], "Your own queries")
BACKUPS = section(HANDBOOK["operators"], "Backups")
LETTER = ROOT / "server" / "demo" / "letter.md"


def walk() -> list[str]:
    """The lines of the walk's block."""
    return blocks(WALK)[0].splitlines()


def paste(lines: list[str], folder: Path) -> tuple[Running, str]:
    """Type these lines in a folder where Undersigned is installed; returns also where the server would listen."""
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "walk.sh").write_text("\n".join([*lines, ""]), encoding="utf-8")
    port = free_port()
    command = ["bash", "-e", "walk.sh"]
    return Running(command, printed=folder / "printed", cwd=folder, env={"PORT": str(port)}), f"http://localhost:{port}"


def visit(address: str) -> str | None:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def test_the_walk_ends_with_a_server_that_shows_the_statement_and_its_list(tmp_path):
    running, server = paste(walk(), tmp_path)
    with running:
        for step in (
            "Wrote",
            "added open-rivers",
            "signatures found 3",
            "added 3",
            "<undersigned-form",
            "/admin/login",
        ):
            running.wait_for(step, lambda step=step: step in running.text)
        page = running.wait_for("the statement's page", lambda: visit(f"{server}/s/open-rivers"))
        desk = visit(f"{server}/admin/login")
        said = running.text

    assert "Keep our rivers open" in page
    assert desk
    assert "Maro Kvirkvelia" in page
    with (tmp_path / "letters" / "open-rivers-signatures.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)][1:] == ["Maro Kvirkvelia", "Aram Petrosyan"]
    assert "<undersigned-form" in said
    assert "WARNING: this snippet loads the form from http://localhost:8000, which only this machine can reach." in said


@pytest.mark.parametrize("left_out", [". .venv/bin/activate", "undersigned init letters", "undersigned statement add"])
def test_a_walk_that_lacks_a_line_ends_early(tmp_path, left_out):
    """The twin: this is how a fault in the walk shows."""
    lines = [line for line in walk() if not line.startswith(left_out)]
    assert len(lines) == len(walk()) - 1
    running, _ = paste(["PATH=/usr/bin:/bin", *lines[:5]], tmp_path)
    with running:
        assert running.wait(30)
        assert running.process.returncode != 0


def test_the_letter_in_the_handbook_is_the_one_that_init_writes():
    shown = re.search(r"^```\n(\+\+\+\n.*?)^```", WALK, re.MULTILINE | re.DOTALL)

    assert shown
    assert shown[1] == LETTER.read_text("utf-8")


# The tour of the demo


def paste_beside(block: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Type a block in the same folder, in a second terminal; its tables are as wide as they need."""
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        ["bash", "-e", "-c", block], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_tour_shows_the_demo_from_a_second_terminal(tmp_path):
    start, look = blocks(TOUR)
    running, _ = paste(start.splitlines(), tmp_path)
    with running:
        running.wait_for("the addresses", lambda: "Stop with" in running.text)
        seen = paste_beside(look, tmp_path)

    assert seen.returncode == 0, seen.stderr
    for shown in ("free-flowing-rivers", "harbour-street", "partner.add", "waiting 0", "Veuillez confirmer"):
        assert shown in seen.stdout
    with (tmp_path / "rivers.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 7  # the founders


def test_a_tour_that_forgets_where_the_demo_is_fails(tmp_path):
    """The twin."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    look = blocks(TOUR)[1].replace("export UNDERSIGNED_INSTANCE=rivers", "")

    assert paste_beside(look, tmp_path).returncode != 0


# What admins and operators ask the database themselves


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    """An instance with a signature that was confirmed through a partner, one without a partner, and a held one."""
    folder = tmp_path_factory.mktemp("queries")
    (folder / ".venv").symlink_to(sys.prefix)
    lines = [line for line in walk() if not line.startswith(("undersigned admin", "undersigned run"))]
    lines.append("undersigned signatories hold open-rivers 3")
    assert paste_beside("\n".join(lines), folder).returncode == 0
    database = sqlite_utils.Database(folder / "letters" / "undersigned.db")
    [partner] = [row["id"] for row in database["partners"].rows]
    with database.conn:
        database.execute("UPDATE signatures SET partner_id = ?, confirmed_at = 1767225600 WHERE id = 1", [partner])
        database.execute("UPDATE signatures SET confirmed_at = 1767312000 WHERE id = 2")
    database.close()
    return folder


def query(block: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return paste_beside(f". .venv/bin/activate\ncd letters\n{block}", folder)


def rows(printed: str) -> list[list[str]]:
    return [re.split(r" {2,}", line.strip()) for line in printed.splitlines() if line and not line.startswith("-")]


def test_the_queries_count_confirmed_signatures_by_day_and_by_partner(letters):
    [block] = blocks(QUERIES)

    asked = query(block, letters)

    assert asked.returncode == 0, asked.stderr
    assert rows(asked.stdout) == [
        ["day", "signatures"],
        ["2026-01-01", "1"],
        ["2026-01-02", "1"],
        ["partner", "signatures"],
        ["www.partner.example", "1"],
        ["(no partner)", "1"],
    ]


def test_a_query_as_it_is_written_cannot_change_anything(letters):
    assert blocks(QUERIES)[0].count("?mode=ro'") == blocks(QUERIES)[0].count("sqlite-utils query") == 2

    refused = query("sqlite-utils query 'file:undersigned.db?mode=ro' 'UPDATE signatures SET city = name'", letters)

    assert refused.returncode != 0
    assert "readonly" in refused.stderr


def test_without_the_mode_a_query_changes_signatures(letters):
    """The twin."""
    assert query("sqlite-utils query undersigned.db 'UPDATE signatures SET city = name'", letters).returncode == 0


def test_the_backup_is_a_whole_database_that_only_its_owner_reads(letters):
    [block] = blocks(BACKUPS)

    first, _ = block.splitlines()
    assert query(first, letters).returncode == 0

    [backup] = (letters / "letters" / "usb").glob("*.db")
    assert backup.stat().st_mode & 0o077 == 0
    assert sqlite_utils.Database(backup)["signatures"].count == 3


def blanked(line: str) -> str:
    """A printed line without its paths and numbers."""
    return re.sub(r"\d[\d.]*", "0", re.sub(r"/\S+", "/", line))


def test_what_backup_drill_and_restore_print_is_what_the_handbook_shows(letters):
    drilled = query("undersigned backup more\nundersigned backup\nundersigned drill", letters)
    restored = query("undersigned restore --replace more/*.db", letters)

    assert (drilled.returncode, restored.returncode) == (0, 0)
    shown = [blanked(line) for line in BACKUPS.splitlines()]
    printed = [blanked(line) for line in (drilled.stdout + restored.stdout).splitlines()]
    assert len(printed) == 7
    assert [line for line in printed if line not in shown] == []
