"""README tells everything that can be set, said to the command, or written on the element."""

import re
from collections.abc import Iterable

import click
import pytest

from server.cli import main
from server.config import SETTINGS, Setting
from tests.rules.sources import ROOT, scripts

README = (ROOT / "README.md").read_text()
ATTRIBUTE = re.compile(r"(?:get|has)Attribute\(\"([\w-]+)\"\)")
LISTED = re.compile(r"\[((?:\"[\w-]+\",?\s*)+)\]\.map\(\(name\) => this\.getAttribute")


def row_of(setting: Setting) -> str:
    """A setting's line in README's table."""
    default = "must be given" if setting.default is None else f"`{setting.default}`" if setting.default else ""
    return f"| `{setting.variable}` | {default} | {setting.meaning} |"


def missing_rows(settings: Iterable[Setting], readme: str) -> list[str]:
    lines = set(readme.splitlines())
    return [row_of(setting) for setting in settings if row_of(setting) not in lines]


def stray_rows(settings: Iterable[Setting], readme: str) -> list[str]:
    """Settings that README tells of and nobody reads."""
    known = {setting.variable for setting in settings} | {"UNDERSIGNED_INSTANCE"}
    return sorted(set(re.findall(r"\bUNDERSIGNED_[A-Z_]+\b", readme)) - known)


def commands(group: click.Command, path: str = "undersigned") -> list[str]:
    """The full names of every command."""
    if not isinstance(group, click.Group):
        return [path]
    return [name for word, part in sorted(group.commands.items()) for name in commands(part, f"{path} {word}")]


def attributes(sources: Iterable[str]) -> set[str]:
    """The attributes that the element reads."""
    found: set[str] = set()
    for source in sources:
        found |= set(ATTRIBUTE.findall(source))
        for names in LISTED.findall(source):
            found |= set(re.findall(r"[\w-]+", names))
    return found


def untold(names: Iterable[str], readme: str) -> list[str]:
    """The names that README does not have between backticks."""
    code = " ".join(re.findall(r"`[^`]+`|```.*?```", readme, re.DOTALL))
    return [name for name in sorted(names) if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", code)]


def untold_commands(names: Iterable[str], readme: str) -> list[str]:
    """The commands without a line of their own or of their group, which then names them by their last word."""
    lines = [re.findall(r"`([^`]+)`", line) for line in readme.splitlines()]

    def told(name: str) -> bool:
        group, _, last = name.rpartition(" ")
        return any(
            any(f"{code} ".startswith(f"{name} ") for code in line)
            or (line and line[0].startswith(f"{group} ") and any(f"{code} ".startswith(f"{last} ") for code in line))
            for line in lines
        )

    return [name for name in names if not told(name)]


def test_readme_has_the_table_of_every_setting():
    assert missing_rows(SETTINGS, README) == []


def test_readme_tells_of_no_setting_that_is_not_there():
    assert stray_rows(SETTINGS, README) == []


def test_a_setting_without_its_row_and_a_row_without_its_setting_are_seen():
    kept, changed = Setting("GOAL", "5", "how many"), Setting("PACE", None, "how fast")
    readme = f"{row_of(kept)}\n{row_of(changed).replace('fast', 'slow')}\nset `UNDERSIGNED_GONE` too"

    assert missing_rows([kept, changed], readme) == [row_of(changed)]
    assert stray_rows([kept, changed], readme) == ["UNDERSIGNED_GONE"]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_says_what_it_means(setting):
    assert len(setting.meaning) > 5
    assert "|" not in setting.meaning


def test_no_setting_is_told_twice():
    assert len({setting.variable for setting in SETTINGS}) == len(SETTINGS)


def test_readme_names_every_command():
    assert untold_commands(commands(main), README) == []


def test_a_command_that_readme_keeps_silent_about_is_seen():
    readme = "`undersigned token add NAME`, `list` | keys\n`undersigned run` | serves\nand then revoke: `revoked`"
    names = ["undersigned run", "undersigned token add", "undersigned token list", "undersigned token revoke"]

    assert untold_commands(names, readme) == ["undersigned token revoke"]


def test_every_command_explains_itself():
    def explained(command: click.Command) -> bool:
        parts = command.commands.values() if isinstance(command, click.Group) else []
        return bool(command.help) and all(map(explained, parts))

    assert explained(main)


def test_readme_names_every_attribute_of_the_element():
    assert untold(attributes(scripts().values()), README) == []


def test_a_name_that_readme_keeps_silent_about_is_seen():
    source = (
        'this.getAttribute("lang"); x.hasAttribute("inline");'
        '["server", "partner"].map((name) => this.getAttribute(name));'
    )

    assert attributes([source]) == {"lang", "server", "partner", "inline"}
    assert untold(attributes([source]), "`server` and `inline-block`, but partner only in prose; `lang`") == [
        "inline",
        "partner",
    ]
