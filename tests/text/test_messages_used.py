"""Every message is said somewhere: in the program, a page, an email or the widget."""

import re

import pytest

from server import errors
from server.mail.emails import EMAILS
from server.text import translations
from tests.text.test_translations import QUOTED, SERVER, WIDGET, catalogue

JOINED = re.compile(r"""["']([a-z][a-z0-9.-]*\.)["'] ~ [a-z_.]+ ~ ["'](\.[a-z.-]+)["']""")
EMAIL_VARIANTS = r"(-organisation)?(-discreet)?|-titled"  # chosen by what an email is about
# On a page of its own, and in the terminal.
ERRORS_TOLD_ELSEWHERE = {"link-expired", "settings", "refused"}


def sources():
    """Every file that may say something."""
    for path in (path for suffix in ("py", "html") for path in SERVER.rglob(f"*.{suffix}")):
        if path.name != "translations.py":  # it names the families of keys, and says none
            yield path
    yield from (*WIDGET.rglob("*.js"), WIDGET.parent / "build.mjs")


def said_in_sources():
    """What the sources quote, as patterns: whole keys, and keys of which a part comes at run time."""
    whole, patterns = set(), {f"{re.escape(key)}({EMAIL_VARIANTS})" for keys in EMAILS.values() for key in keys}
    for path in sources():
        source = path.read_text("utf-8")
        for first, ending in JOINED.findall(source):
            patterns.add(re.escape(first) + "[^.]+" + re.escape(ending))
        for _, quoted, _ in QUOTED.findall(JOINED.sub("", source)):
            whole.add(quoted)
            if quoted.endswith(".") and quoted != "mail.":  # what is before every key of EMAILS
                patterns.add(re.escape(quoted) + ".+")
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
        *("desk.nobody.says.this.text", "anything.button", "x.hint", "mail.thanks.forgotten", "desk.partners.x.title"),
        *("mail.thanks.told-titled-discreet", "mail.thanks.told-other"),
    ],
)
def test_a_message_that_nobody_says_would_be_found(forgotten):
    assert unsaid({forgotten, "form.sign"}, *said_in_sources()) == {forgotten}


def test_every_error_that_a_visitor_can_meet_has_words():
    known = catalogue(translations.FALLBACK)
    ours = [error for error in errors.UndersignedError.__subclasses__() if error.__module__ == errors.__name__]

    wordless = {error.code for error in ours if not {f"error.{error.code}", f"problem.{error.code}"} & known.keys()}

    assert wordless <= ERRORS_TOLD_ELSEWHERE
