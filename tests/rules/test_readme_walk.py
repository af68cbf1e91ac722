"""README's walk from file to list does what it says when it is pasted into a shell, line by line."""

import csv
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.processes import Running, free_port
from tests.rules.test_readme import README, ROOT, section

WALK = section(README, "A statement, from file to list")
LETTER = ROOT / "server" / "demo" / "letter.md"


def walk(readme: str = WALK) -> list[str]:
    """The lines of the walk's block."""
    found = re.search(r"^```sh\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    return found[1].splitlines() if found else []


def paste(lines: list[str], folder: Path) -> tuple[Running, str]:
    """Type these lines in a folder where the first command of README was run; and where the server would listen."""
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
        for step in ("Wrote", "added open-rivers", "understood 3", "added 3", "<undersigned-form", "/admin/login"):
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
    """The twin: this is how a fault in README shows."""
    lines = [line for line in walk() if not line.startswith(left_out)]
    assert len(lines) == len(walk()) - 1
    running, _ = paste(["PATH=/usr/bin:/bin", *lines[:5]], tmp_path)
    with running:
        assert running.wait(30)
        assert running.process.returncode != 0


def test_the_letter_in_readme_is_the_one_that_init_writes():
    shown = re.search(r"^```\n(\+\+\+\n.*?)^```", WALK, re.MULTILINE | re.DOTALL)

    assert shown
    assert shown[1] == LETTER.read_text("utf-8")
