"""requirements.txt, from which platforms install, says the same as pyproject.toml."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def name_and_version(line: str) -> tuple[str, tuple[int, ...]]:
    """The name as PyPI folds it, and the version after == or >=."""
    found = re.match(r"([A-Za-z0-9._-]+)\s*[=>]=\s*([0-9.]+)", line)
    assert found, f"{line!r} pins nothing"
    return re.sub(r"[-_.]+", "-", found[1]).lower(), tuple(int(part) for part in found[2].split("."))


def problems(pyproject: str, requirements: str) -> list[str]:
    wanted = dict(map(name_and_version, tomllib.loads(pyproject)["project"]["dependencies"]))
    lines = [line for line in requirements.splitlines() if line and not line.startswith("#")]
    pinned = dict(map(name_and_version, lines[:-1]))
    missing = [f"{name} is not pinned" for name in wanted if name not in pinned]
    older = [f"{name} is older than we need" for name in wanted if name in pinned and pinned[name] < wanted[name]]
    hosts = [f"{line} names a host" for line in lines if "://" in line or "--" in line]
    itself = [] if lines[-1] == "." else ["the last line is not this package itself"]
    return missing + older + hosts + itself


def test_every_dependency_is_pinned_at_a_version_that_is_new_enough():
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")

    assert problems(pyproject, (ROOT / "requirements.txt").read_text("utf-8")) == []


def test_a_missing_an_older_and_a_hosted_requirement_are_told():
    pyproject = '[project]\ndependencies = ["flask>=3.1", "wtforms>=3.2"]'

    assert problems(pyproject, "flask==3.0\n.") == ["wtforms is not pinned", "flask is older than we need"]
    assert problems(pyproject, "flask==3.1\nwtforms==3.2\nx==1 --index-url https://x\n.")[0].endswith("names a host")
