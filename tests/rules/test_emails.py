"""Every email is rendered by one pair of templates, from a row of ``EMAILS``, and has a preview."""

import ast
from collections import Counter
from collections.abc import Collection, Mapping

from server.mail.email_kinds import EMAIL_KINDS
from server.mail.emails import _SHOWN_WITH, EMAILS
from server.mail.previews import PREVIEWS
from tests.rules.sources import SERVER, modules

TEMPLATES = {"email.html", "email.txt"}
# What makes an email, and the only module of server/mail that may call it, in one place.
MAKERS = {
    "RenderedEmail": "server.mail.emails",
    "get_template": "server.mail.emails",
    "Environment": "server.mail.emails",
    "EmailMessage": "server.mail.message",
    "attach": "server.mail.message",
    "compose": "server.mail.delivery",
}
OF_PAGES = {"get_template", "Environment"}  # pages have templates of their own; the database has no part in emails


def second_templates(files: Collection[str]) -> set[str]:
    return set(files) - TEMPLATES


def rendered_by_hand(sources: Mapping[str, str]) -> list[str]:
    """The calls that make an email beside the one place for it."""
    return [
        f"{name} calls {call}"
        for name, source in sources.items()
        for call, times in sorted(called(source).items())
        if call in MAKERS and not (call in OF_PAGES and not name.startswith("server.mail"))
        if times > int(name == MAKERS[call])
    ]


def called(source: str) -> Counter[str]:
    """How often what is called, by the last part of its name: ``compose`` of ``message.compose(...)``."""
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return Counter(ast.unparse(function).rpartition(".")[2] for function in calls)


def test_there_is_one_pair_of_email_templates():
    assert second_templates([path.name for path in (SERVER / "templates" / "mail").iterdir()]) == set()


def test_a_second_email_template_is_found():
    assert second_templates(["email.html", "email.txt", "thanks.html", "_footer.txt"]) == {"thanks.html", "_footer.txt"}


def test_no_email_is_rendered_by_hand():
    assert rendered_by_hand(modules()) == []


def test_an_email_that_is_rendered_by_hand_is_found():
    bad = {
        "server.services.sign": "words = RenderedEmail('Hello', 'Hello', '<p>Hello', 'en')",
        "server.mail.delivery": "return message.compose(words)\nEmailMessage(policy=SMTP)",
        "server.mail.previews": "templates.get_template('mail/thanks.html').render()",
        "server.mail.emails": "RenderedEmail(*template)\nRenderedEmail('Thanks', 'Thanks', '<p>Thanks', 'en')",
        "server.web.pages": "templates.get_template('page.html').render()",
    }

    assert rendered_by_hand(bad) == [
        "server.services.sign calls RenderedEmail",
        "server.mail.delivery calls EmailMessage",
        "server.mail.previews calls get_template",
        "server.mail.emails calls RenderedEmail",
    ]


def test_every_email_can_be_looked_at_and_every_kind_has_one():
    assert EMAILS.keys() - PREVIEWS.keys() == set()
    assert EMAIL_KINDS.keys() - EMAILS.keys() == set()


def test_what_is_shown_with_a_message_belongs_to_a_message_of_an_email():
    assert _SHOWN_WITH.keys() - {key for keys in EMAILS.values() for key in keys} == set()
