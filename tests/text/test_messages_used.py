"""Every message is said somewhere: in the program, a page, an email or the widget."""

import re

import pytest

from server import errors
from server.text import translations
from tests.text.test_translations import QUOTED, SERVER, WIDGET, catalogue

JOINED = re.compile(r"""["']([a-z][a-z0-9.-]*\.)["'] ~ [a-z_.]+ ~ ["'](\.[a-z.-]+)["']""")
ENDING = re.compile(r"""\bname ~ ["'](\.[a-z.-]+)["']""")  # what emails of several kinds have in common
# On a page of its own, and in the terminal.
ERRORS_TOLD_ELSEWHERE = {"link-expired", "settings"}


def sources():
    """Every file that may say something, with the beginning that its keys leave out."""
    for path in (path for suffix in ("py", "html", "txt") for path in SERVER.rglob(f"*.{suffix}")):
        if path.name != "translations.py":  # it names the families of keys, and says none
            yield path, "mail." if path.is_relative_to(SERVER / "templates" / "mail") else ""
    for path in (*WIDGET.rglob("*.js"), WIDGET.parent / "build.mjs"):
        yield path, ""


def said_in_sources():
    """What the sources quote, as patterns: whole keys, and keys of which a part comes at run time."""
    whole, patterns = set(), set()
    for path, beginning in sources():
        source = path.read_text("utf-8")
        for first, ending in JOINED.findall(source):
            patterns.add(re.escape(beginning + first) + "[^.]+" + re.escape(ending))
        for _, quoted, _ in QUOTED.findall(JOINED.sub("", source)):
            whole.add(beginning + quoted)
            if quoted.endswith(".") and beginning + quoted != "mail.":  # emails name their messages without it
                patterns.add(re.escape(beginning + quoted) + ".+")
        if beginning:
            patterns |= {re.escape(beginning) + "[^.]+" + re.escape(ending) for ending in ENDING.findall(source)}
    return whole, re.compile("|".join(sorted(patterns)))


def unsaid(known, whole, patterns):
    """The messages that no source names."""
    return {key for key in known if key not in whole and not patterns.fullmatch(key)}


def test_every_message_is_said_somewhere():
    assert unsaid(catalogue(translations.FALLBACK), *said_in_sources()) == set()


@pytest.mark.parametrize(
    "forgotten",
    [
        *("page.forgotten", "form.forgotten", "sent.forgotten", "mail.confirm.forgotten"),
        *("desk.nobody.says.this.text", "anything.button", "x.hint", "mail.two.words.asked", "desk.partners.x.title"),
    ],
)
def test_a_message_that_nobody_says_would_be_found(forgotten):
    assert unsaid({forgotten, "form.sign"}, *said_in_sources()) == {forgotten}


def test_every_error_that_a_visitor_can_meet_has_words():
    known = catalogue(translations.FALLBACK)
    ours = [error for error in errors.UndersignedError.__subclasses__() if error.__module__ == errors.__name__]

    wordless = {error.code for error in ours if not {f"error.{error.code}", f"problem.{error.code}"} & known.keys()}

    assert wordless <= ERRORS_TOLD_ELSEWHERE
