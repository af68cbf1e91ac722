"""README is a landing page: short, the two commands first, then the snippet, a tour and the way into the handbook."""

from server.web.public.handbook import PAGES
from tests.rules.documents import README, blocks

FIRST = (
    "python3 -m venv .venv && .venv/bin/pip install -q -e . && .venv/bin/undersigned demo",
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest",
)
MOST_LINES = 150
MOST_BYTES_OF_A_PICTURE = 60_000


def first_block(readme: str) -> list[str]:
    return [line for block in blocks(readme)[:1] for line in block.splitlines() if not line.startswith("#")]


def unlinked(readme: str) -> list[str]:
    """The pages of the handbook that README does not lead to."""
    return [name for name in PAGES if f"(server/handbook/{name}.md)" not in readme]


def test_the_first_block_is_the_two_commands_that_do_everything():
    assert tuple(first_block(README)) == FIRST
    assert README.index(FIRST[0]) == README.index("python3 -m venv")


def test_the_first_block_with_another_command_before_it_is_reported():
    assert tuple(first_block(README.replace(FIRST[0], f"cd undersigned\n{FIRST[0]}"))) != FIRST
    assert first_block("Nothing here.") == []


def test_it_is_short_and_leads_to_every_page_of_the_handbook():
    assert len(README.splitlines()) <= MOST_LINES
    assert unlinked(README) == []
    assert unlinked(README.replace("server/handbook/api.md", "docs/api.md")) == ["api"]
