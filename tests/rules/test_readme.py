"""README names every setting, command and attribute, and what it tells people to type can be typed."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest

from server.cli import main
from server.config import SETTINGS
from server.exports.query import SIGNATURE_COLUMNS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
ELEMENT = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "widget" / "src").glob("*.js")))
OURS = {"framed"}  # what only our own page in the frame says
FIRST = (
    "python3 -m venv .venv && .venv/bin/pip install -q -e . && .venv/bin/undersigned demo",
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest",
)


def section(readme: str, heading: str) -> str:
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def table(readme: str, heading: str) -> list[tuple[str, ...]]:
    """The cells of a section's table, without its head."""
    lines = [line for line in section(readme, heading).splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line[1:-1].split(" | ")) for line in lines[2:]]


def missing_settings(readme: str) -> list[str]:
    """Each setting stands there with its default and its meaning, and no other does."""
    shown = {None: "must be given", "": ""}
    wanted = [
        f"| `{setting.variable}` | {shown.get(setting.default, f'`{setting.default}`')} | {setting.meaning} |"
        for setting in SETTINGS
    ]
    written = [line for line in section(readme, "Settings").splitlines() if line.startswith("| `")]
    return [f"no line {line}" for line in wanted if line not in written] + [
        f"of no setting: {line}" for line in written if line not in wanted
    ]


def stray_settings(readme: str) -> list[str]:
    """What is called a setting anywhere, and nobody reads."""
    known = {setting.variable for setting in SETTINGS} | {"UNDERSIGNED_INSTANCE"}  # which folder, asked before them
    return sorted(set(re.findall(r"\bUNDERSIGNED_[A-Z_]+\b", readme)) - known)


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that can be typed, as the words after ``undersigned``."""
    if not isinstance(command, click.Group):
        yield path
        return
    for name, below in command.commands.items():
        yield from leaves(below, (*path, name))


def written_commands(readme: str) -> Iterator[tuple[str, ...]]:
    """The commands of README's table: after the first of a line stand those of the same group."""
    for cell, *_ in table(readme, "Commands"):
        first, *others = (span.split() for span in re.findall(r"`([^`]+)`", cell))
        known = {path[:length] for path in leaves(main) for length in (1, 2)}
        path = tuple(word for word in first[1:3] if word.islower())
        yield path if path in known or len(path) < 2 else path[:1]
        yield from ((path[0], other[0]) for other in others)


def missing_commands(readme: str) -> list[str]:
    there, written = set(leaves(main)), set(written_commands(readme))
    return [f"no command {' '.join(path)}" for path in sorted(there ^ written)]


def attributes(source: str) -> set[str]:
    """What the elements read: one by one, in a list of names or of looks, or as what they observe."""
    listed = re.findall(r"(?:REQUIRED|NAMED|TOKENS) = \[([^\]]*)\]", source)
    observed = re.findall(r"observedAttributes\b[^[]*\[([^\]]*)\]", source)
    single = set(re.findall(r'(?:get|has)Attribute\("([a-z-]+)"\)', source))
    return single.union(*(re.findall(r'"([a-z-]+)"', names) for names in listed + observed)) - OURS


def missing_attributes(readme: str, source: str = ELEMENT) -> list[str]:
    cells = [name for name, *_ in table(readme, "The form on a page")]
    written = {name for cell in cells for name in re.findall(r"`([a-z-]+)`", cell)}
    return [f"no attribute {name}" for name in sorted(attributes(source) ^ written)]


def typed(readme: str) -> Iterator[str]:
    """Every line of ``undersigned ...`` in README's blocks, without what a shell does before and after it."""
    for block in re.findall(r"^```sh\n(.*?)^```", readme, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            for part in re.split(r"&&|[|>]", line.split("#")[0]):
                if Path(part.split()[0] if part.split() else "").name == "undersigned":
                    yield part.strip()


def refusal(words: Sequence[str]) -> str | None:
    """Why the words after ``undersigned`` could not be typed, or None."""
    command: click.Command = main
    names = list(words)
    while isinstance(command, click.Group):
        if not names or names[0] not in command.commands:
            return f"no command {' '.join(words)}"
        command = command.commands[names.pop(0)]
    try:
        command.make_context(command.name, names)
    except click.UsageError as error:
        return f"{' '.join(words)}: {error.format_message()}"
    return None


def untypable(readme: str) -> list[str]:
    found = [refusal(shlex.split(line)[1:]) for line in typed(readme)]
    return [why for why in found if why] + ([] if found else ["no command line at all"])


@pytest.fixture
def beside_the_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where README's commands are typed: in ``letters``, with the files that they name."""
    for name in ("letter.md", "founding.txt"):
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)


def first_block(readme: str) -> list[str]:
    block = re.search(r"^```sh\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    return [line for line in block[1].splitlines() if not line.startswith("#")] if block else []


def test_the_first_block_is_the_two_commands_that_do_everything():
    assert tuple(first_block(README)) == FIRST
    assert README.index(FIRST[0]) == README.index("python3 -m venv")


def test_every_setting_is_named_with_its_default_and_its_meaning():
    assert missing_settings(README) == []


def test_every_command_is_named_and_no_other():
    assert missing_commands(README) == []
    assert ("signatories", "approve") in set(leaves(main))


def test_every_attribute_is_named_and_no_other():
    assert missing_attributes(README) == []
    assert {"server", "statement", "inline"} <= attributes(ELEMENT)


def test_every_command_line_can_be_typed(beside_the_letters):
    assert untypable(README) == []
    assert len(list(typed(README))) >= 9


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.variable)
def test_a_setting_that_is_left_out_is_reported(setting):
    row = re.search(rf"^\| `{setting.variable}` \|.*\n", README, re.MULTILINE)
    assert row

    [problem] = missing_settings(README.replace(row[0], ""))

    assert problem.startswith(f"no line | `{setting.variable}` |")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.variable)
def test_every_setting_says_what_it_means(setting):
    assert len(setting.meaning) > 5
    assert "|" not in setting.meaning


def test_no_setting_stands_there_twice():
    assert len({setting.variable for setting in SETTINGS}) == len(SETTINGS)


def test_a_setting_that_only_the_prose_knows_is_reported():
    assert stray_settings(README) == []
    assert stray_settings(f"{README}\nSet `UNDERSIGNED_GONE` too.\n") == ["UNDERSIGNED_GONE"]


def test_another_default_or_meaning_is_reported():
    for was, becomes in (("| `8000` |", "| `80` |"), ("the port to listen on |", "the port |")):
        assert README.count(was) == 1
        assert len(missing_settings(README.replace(was, becomes))) == 2


@pytest.mark.parametrize(
    ("was", "becomes", "missing"),
    [
        ("| `undersigned migrate` |", "| `undersigned` |", ["migrate"]),
        (", `export SLUG`", "", ["signatories export"]),
        ("`hold`, ", "", ["signatories hold"]),
        ("| `undersigned demo` |", "| `undersigned show` |", ["demo", "show"]),
    ],
)
def test_a_command_that_is_left_out_or_invented_is_reported(was, becomes, missing):
    assert was in section(README, "Commands")

    problems = missing_commands(README.replace(was, becomes))

    assert set(missing) <= {problem.removeprefix("no command ") for problem in problems}


def unexplained(command: click.Command, name: str = "undersigned") -> list[str]:
    """The commands and groups without a word of help."""
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return ([] if command.help else [name]) + [path for word, part in below for path in unexplained(part, word)]


def test_every_command_explains_itself():
    assert unexplained(main) == []
    assert unexplained(click.Group("x", {"y": click.Command("y", help="Y."), "z": click.Command("z")}, help="X.")) == [
        "z"
    ]


@pytest.mark.parametrize("name", sorted(attributes(ELEMENT)))
def test_an_attribute_that_is_left_out_is_reported(name):
    without = re.sub(rf"^(\| .*)`{name}`(.*\|.*\|)$", r"\1\2", README, flags=re.MULTILINE)

    assert missing_attributes(without) == [f"no attribute {name}"]


def test_an_attribute_that_only_the_source_or_only_readme_knows_is_reported():
    more = ELEMENT + 'static observedAttributes = ["server", "hue"]; this.getAttribute("tone");'
    assert missing_attributes(README, more) == ["no attribute hue", "no attribute tone"]
    assert missing_attributes(README.replace("| `inline` |", "| `inline`, `tint` |")) == ["no attribute tint"]


@pytest.mark.parametrize(
    "line",
    [
        "undersigned statement publish open-rivers",
        "undersigned statement",
        "undersigned signatories import open-rivers founding.txt --dryrun",
        "undersigned signatories import open-rivers lost.txt",
        "undersigned partner add open-rivers",
        "undersigned run --port 80",
    ],
)
def test_a_line_that_cannot_be_typed_is_reported(beside_the_letters, line):
    [problem] = untypable(f"{README}\n```sh\n{line} > list.csv   # a comment\n```\n")

    assert line.split()[1] in problem


def test_the_first_block_with_another_command_before_it_is_reported():
    assert tuple(first_block(README.replace(FIRST[0], f"cd undersigned\n{FIRST[0]}"))) != FIRST
    assert first_block("Nothing here.") == []


def test_readme_lists_the_columns_of_the_dump_in_their_order():
    assert ",".join(SIGNATURE_COLUMNS) in README
