"""The trace of one signature: it names what runs in each step, and counts it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STEPS = ["form data", "post", "email", "confirm page", "confirm", "dump"]
MOST_MODULES = 54  # smtp.py holds what all transports share; email_kinds.py is apart from what emails say


@pytest.mark.sqlite
def test_each_step_names_modules_and_both_counts_are_at_the_end():
    trace = [sys.executable, "-m", "tests.trace_signature"]
    done = subprocess.run(trace, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)

    *parts, counts = done.stdout.strip().split("\n\n")
    named = {part.partition(":")[0]: re.findall(r"^  (server\S*)  \S+$", part, re.MULTILINE) for part in parts}
    assert list(named) == STEPS
    assert all(named.values())
    modules, functions = map(int, re.fullmatch(r"(\d+) modules, (\d+) functions", counts).groups())
    assert modules == len({name for names in named.values() for name in names}) <= MOST_MODULES
    assert functions == sum(map(len, named.values()))
