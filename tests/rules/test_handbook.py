"""The handbook names every setting, command, attribute and column, its commands can be typed, and its links lead on."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from server.cli import main
from server.config import SETTINGS
from server.exports.query import SIGNATURE_COLUMNS, SUBSCRIBER_COLUMNS
from server.web.public.handbook import FOLDER, make_anchor
from tests.rules.documents import EVERYTHING, HANDBOOK, README, leaves, section, table, typed, untypable
from tests.rules.sources import ROOT

ADMINS, API, OPERATORS, PARTNERS = (HANDBOOK[name] for name in ("admins", "api", "operators", "partners"))
SECURITY, CONTRIBUTING = ((ROOT / ".github" / f"{name}.md").read_text("utf-8") for name in ("SECURITY", "CONTRIBUTING"))
PAGE_FILES = {
    ROOT / "README.md": README,
    **{FOLDER / f"{name}.md": text for name, text in HANDBOOK.items()},
    ROOT / ".github" / "SECURITY.md": SECURITY,
    ROOT / ".github" / "CONTRIBUTING.md": CONTRIBUTING,
}
ELEMENT = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "widget" / "src").glob("*.js")))
OURS = {"framed"}  # what only our own page in the frame says
RIDDLES = re.compile(
    r"\b(whoever|whom|no more|anew|of now|not any more|is none|let to)\b",  # words of an older, unclear style
    re.IGNORECASE,
)


def missing_settings(text: str) -> list[str]:
    """Each setting is in the table with its default and a meaning, which we also print if it has to be given.

    No other is.
    """
    shown = {None: "required", "": ""}
    wanted = [
        (f"| `{setting.variable}` | {shown.get(setting.default, f'`{setting.default}`')} |", setting.meaning)
        for setting in SETTINGS
    ]
    patterns = [re.escape(start) + f" {re.escape(meaning) or '[^|]{6,}'} \\|" for start, meaning in wanted]
    written = [line for line in section(text, "Settings").splitlines() if line.startswith("| `")]
    return [
        f"no line {' '.join(line)}"
        for line, pattern in zip(wanted, patterns, strict=True)
        if not any(re.fullmatch(pattern, one) for one in written)
    ] + [f"of no setting: {one}" for one in written if not any(re.fullmatch(pattern, one) for pattern in patterns)]


def stray_settings(text: str) -> list[str]:
    """What is written like a setting anywhere, and is none that the server reads."""
    known = {setting.variable for setting in SETTINGS} | {"UNDERSIGNED_INSTANCE"}  # which folder, asked before them
    return sorted(set(re.findall(r"\bUNDERSIGNED_[A-Z_]+\b", text)) - known)


def written_commands(text: str) -> Iterator[tuple[str, ...]]:
    """The commands of the table: after the first one of a line come those of the same group."""
    for cell, *_ in table(text, "Commands"):
        first, *others = (span.split() for span in re.findall(r"`([^`]+)`", cell))
        known = {path[:length] for path in leaves(main) for length in (1, 2)}
        path = tuple(word for word in first[1:3] if word.islower())
        yield path if path in known or len(path) < 2 else path[:1]
        yield from ((path[0], other[0]) for other in others)


def missing_commands(text: str) -> list[str]:
    there, written = set(leaves(main)), set(written_commands(text))
    return [f"no command {' '.join(path)}" for path in sorted(there ^ written)]


def attributes(source: str) -> set[str]:
    """What the elements read: one by one, in a list of names or of looks, or as what they observe."""
    listed = re.findall(r"(?:REQUIRED|NAMED|TOKENS) = \[([^\]]*)\]", source)
    observed = re.findall(r"observedAttributes\b[^[]*\[([^\]]*)\]", source)
    single = set(re.findall(r'(?:get|has)Attribute\("([a-z-]+)"\)', source))
    return single.union(*(re.findall(r'"([a-z-]+)"', names) for names in listed + observed)) - OURS


def missing_attributes(text: str, source: str = ELEMENT) -> list[str]:
    cells = [name for name, *_ in table(text, "Attributes")]
    written = {name for cell in cells for name in re.findall(r"`([a-z-]+)`", cell)}
    return [f"no attribute {name}" for name in sorted(attributes(source) ^ written)]


def anchors(markdown: str) -> list[str]:
    """The anchors of a page's headings; what looks like one in a block of code is none."""
    outside = re.sub(r"^ *```.*?^ *```", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return [make_anchor(words) for words in re.findall(r"^#+ (.+)$", outside, re.MULTILINE)]


def dead_links(pages: Mapping[Path, str]) -> list[str]:
    """The links between the files of the source that lead to no file, or to no heading of it."""
    found = []
    for page, text in pages.items():
        for href in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
            path, _, anchor = "".join(href).partition("#")
            if path.startswith("https://"):
                continue
            file = (page.parent / path).resolve() if path else page
            known = pages.get(file) or (file.read_text("utf-8") if file.suffix == ".md" and file.exists() else "")
            if not file.exists() or (anchor and anchor not in anchors(known)):
                found.append(f"{page.name}: {path}#{anchor}")
    return found


def riddles(text: str) -> list[str]:
    return [found[0] for found in RIDDLES.finditer(text)]


@pytest.fixture
def beside_the_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the commands are typed: in ``letters``, with the files that they name."""
    for name in ("letter.md", "founding.txt", "form.csv"):
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)


def test_every_setting_is_named_with_its_default_and_its_meaning():
    assert missing_settings(OPERATORS) == []


def test_every_command_is_named_and_no_other():
    assert missing_commands(OPERATORS) == []
    assert ("signatories", "approve") in set(leaves(main))


def test_every_attribute_is_named_and_no_other():
    assert missing_attributes(PARTNERS) == []
    assert {"server", "statement", "inline"} <= attributes(ELEMENT)


def test_every_command_line_can_be_typed(beside_the_letters):
    assert untypable(EVERYTHING) == []
    assert len(list(typed(EVERYTHING))) >= 25


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.variable)
def test_a_setting_that_is_left_out_is_reported(setting):
    row = re.search(rf"^\| `{setting.variable}` \|.*\n", OPERATORS, re.MULTILINE)
    assert row

    [problem] = missing_settings(OPERATORS.replace(row[0], ""))

    assert problem.startswith(f"no line | `{setting.variable}` |")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.variable)
def test_every_setting_says_what_it_means(setting):
    [meaning] = re.findall(rf"^\| `{setting.variable}` \|[^|]*\| ([^|]*) \|$", OPERATORS, re.MULTILINE)

    assert len(meaning) > 5
    assert setting.meaning in (meaning if setting.default is None else "")


def test_no_setting_stands_there_twice():
    assert len({setting.variable for setting in SETTINGS}) == len(SETTINGS)


def test_a_setting_that_only_the_prose_knows_is_reported():
    assert stray_settings(EVERYTHING + SECURITY + CONTRIBUTING) == []
    assert stray_settings(f"{ADMINS}\nSet `UNDERSIGNED_GONE` too.\n") == ["UNDERSIGNED_GONE"]


def test_another_default_or_meaning_is_reported():
    for was, becomes in (
        ("| `8000` |", "| `80` |"),
        ("the port to listen on |", "|"),
        ("as signers see it", "as we see it"),
    ):
        assert OPERATORS.count(was) == 1
        assert len(missing_settings(OPERATORS.replace(was, becomes))) == 2


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
    assert was in section(OPERATORS, "Commands")

    problems = missing_commands(OPERATORS.replace(was, becomes))

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
    without = re.sub(rf"^(\| .*)`{name}`(.*\|.*\|)$", r"\1\2", PARTNERS, flags=re.MULTILINE)

    assert missing_attributes(without) == [f"no attribute {name}"]


def test_an_attribute_that_only_the_source_or_only_the_handbook_knows_is_reported():
    more = ELEMENT + 'static observedAttributes = ["server", "hue"]; this.getAttribute("tone");'
    assert missing_attributes(PARTNERS, more) == ["no attribute hue", "no attribute tone"]
    assert missing_attributes(PARTNERS.replace("| `inline` |", "| `inline`, `tint` |")) == ["no attribute tint"]


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
    [problem] = untypable(f"{ADMINS}\n```sh\n{line} > list.csv   # a comment\n```\n")

    assert line.split()[1] in problem


def test_the_handbook_lists_the_columns_of_exports_in_their_order():
    assert f"\n{','.join(SIGNATURE_COLUMNS)}\n" in API
    assert f"`{','.join(SUBSCRIBER_COLUMNS)}`" in ADMINS


def test_every_link_between_the_pages_leads_to_a_file_and_a_heading():
    assert dead_links(PAGE_FILES) == []
    assert sum("](" in text for text in PAGE_FILES.values()) >= 7


@pytest.mark.parametrize("link", ["[x](lost.md)", "[x](admins.md#lost)", "[x](#lost)", '<img src="lost.png">'])
def test_a_link_that_leads_nowhere_is_reported(link):
    page = FOLDER / "partners.md"

    assert len(dead_links({**PAGE_FILES, page: f"{PARTNERS}\n{link}\n"})) == 1


def test_no_two_headings_of_a_page_have_the_same_anchor():
    assert [name for name, text in HANDBOOK.items() if len(set(anchors(text))) < len(anchors(text))] == []


def test_a_comment_in_a_block_of_code_is_no_heading():
    assert anchors("# A title\n```sh\n# list_from = 2027\n```\n## How to (really) go_on\n") == [
        "a-title",
        "how-to-really-go_on",
    ]


def test_no_page_is_written_in_riddles():
    pages = [README, *HANDBOOK.values(), SECURITY, CONTRIBUTING, (ROOT / ".github" / "CHANGELOG.md").read_text("utf-8")]

    assert [found for text in pages for found in riddles(text)] == []
    assert riddles("Whoever has asked before is asked no more, or anew.") == ["Whoever", "no more", "anew"]
