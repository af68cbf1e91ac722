"""The recorder: the same in each run, complete, and quick to show a difference."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.record_walk import compare, main, unvisited

ROOT = Path(__file__).parent.parent
RECORDING = """=== 1 request: GET /s/open-rivers
< 200 OK
< Cache-Control: no-store
<p>We ask for open rivers.</p>

=== 2 request: GET /healthz
< 200 OK
{"status":"ok"}
"""


@pytest.mark.sqlite
def test_two_walks_in_fresh_processes_are_the_same_and_visit_every_route(tmp_path):
    outs = [tmp_path / name for name in ("first.txt", "second.txt")]
    walks = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.record_walk", str(out)], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for out in outs
    ]

    try:
        said = [walk.communicate(timeout=300)[1] for walk in walks]
    finally:
        for walk in walks:
            walk.kill()  # without an effect on one that has ended

    assert [walk.returncode for walk in walks] == [0, 0], said
    assert said == ["", ""]
    first, second = (out.read_bytes() for out in outs)
    assert first == second
    for seen in (b"GET /s/open-rivers", b"command: deliver --once", b"email: delivered", b"table: signatures"):
        assert seen in first


@pytest.mark.parametrize(
    ("was", "becomes"), [("no-store", "public"), ("open rivers", "free rivers"), ('"ok"}\n', '"ok"}')]
)
def test_one_other_line_is_reported(tmp_path, capsys, was, becomes):
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text(RECORDING)
    new.write_text(RECORDING.replace(was, becomes))

    assert main(["--compare", str(old), str(old)]) == 0
    assert capsys.readouterr().out == ""
    assert main(["--compare", str(old), str(new)]) == 1
    assert len(capsys.readouterr().out.splitlines()) < 20


def test_the_difference_is_shown_under_its_request(tmp_path, capsys):
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text(RECORDING)
    new.write_text(RECORDING.replace("no-store", "public"))

    compare(old, new)

    shown = capsys.readouterr().out
    assert "=== 1 request: GET /s/open-rivers" in shown
    assert "-< Cache-Control: no-store\n+< Cache-Control: public" in shown
    assert "healthz" not in shown


def test_so_many_differences_are_cut_off(tmp_path, capsys):
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text(RECORDING)
    new.write_text("".join(f"=== {at} request: GET /\n" for at in range(1000)))

    assert compare(old, new) == 1
    assert capsys.readouterr().out.endswith("... and more\n")


def test_a_route_that_nobody_visits_is_reported():
    visited = {("/healthz", "GET"), ("/s/<slug>", "GET")}

    assert unvisited(visited, visited) == []
    assert unvisited({*visited, ("/s/<slug>", "POST"), ("/new", "GET")}, visited) == [
        ("GET", "/new"),
        ("POST", "/s/<slug>"),
    ]
