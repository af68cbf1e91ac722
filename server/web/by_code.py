"""Confirming where the form still stands: by the code of the email, with the line and the consent of its own page."""

from collections.abc import Mapping
from typing import Any

from server import messages
from server.actions.confirm import Outcome, confirm
from server.actions.sign import Submission
from server.actions.try_code import try_code
from server.errors import BadRequest, Invalid
from server.links import SignatureRef
from server.records import statement_texts
from server.records.statements import Statement
from server.web import showing
from server.web.asked import get_asked
from server.web.consenting import find_words, which_consent
from server.web.forms import KEY_SHAPE
from server.web.services import services
from server.web.sharing import share_shape
from server.web.wording import choose_text

KEYS = frozenset(("key", "code", "consent"))
_CODE_LONGEST = 32
_FIELDS = [
    {
        "name": "code",
        "type": "text",
        "required": True,
        "maxlength": _CODE_LONGEST,
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
    },
    {"name": "consent", "type": "checkbox", "required": True, "maxlength": None, "autocomplete": None},
]


def sent_shape(submission: Submission, text_id: int) -> dict[str, Any]:
    """Return what the form becomes once it is sent: the line as it will be published, a field for the code, words.

    It follows from what was sent, and not from what is known of the address, and speaks the language of the text.
    """
    with services().db.read() as tx:
        text = statement_texts.get(tx, text_id)
        consent = find_words(tx, text, which_consent(submission.kind, submission.visibility))
    words = messages.spoken(text.locale)
    line = showing.line_of(submission, words)
    said = {
        "field.code": messages.text(words, "code.label"),
        "hint.code": messages.text(words, "code.hint"),
        "field.consent": consent.consent.body,
        "form.promise": messages.text(words, "code.promise"),
        "form.sign": messages.text(words, "confirm.sign"),
        "code.line": messages.text(words, "confirm.line" if line else "confirm.counted"),
    }
    return {
        "state": "pending",
        "line": line,
        "consent": consent.name,
        "fields": _FIELDS,
        "messages": messages.sent_messages(words) | said,
    }


def take_code(statement: Statement, sent: Mapping[str, str | bool]) -> SignatureRef:
    """Return the signature of the submission's key, if the code is the one of its email.

    Raises ``BadRequest``, ``Invalid`` where no code was typed, and ``CodeRefused``.
    """
    here = services()
    key, typed = str(sent.get("key", "")), str(sent.get("code", "")).strip()
    if not KEY_SHAPE.fullmatch(key):
        raise BadRequest("key must be 16 to 64 letters, digits, - or _")
    if not typed:
        raise Invalid({"code": ["required"]})
    return try_code(here.db, statement.id, key, typed[:_CODE_LONGEST], codes=here.codes, now=here.clock())


def confirm_by_code(statement: Statement, sent: Mapping[str, str | bool]) -> tuple[Outcome, str]:
    """Confirm, and return what became of it and the language that was signed in.

    ``consent`` names the wording that was ticked: it must be the one that fits the signature, as it stands now. Raises
    what ``take_code`` and ``confirm`` do, and ``Invalid`` without that consent.
    """
    ticked = sent.get("consent")
    if not ticked:
        raise Invalid({"consent": ["unticked"]})
    asked = get_asked(ref := take_code(statement, sent))
    if ticked != asked.words.name:
        was_other = str(ticked).partition("-")[0] == asked.words.which
        raise Invalid({"consent": ["reworded" if was_other else "unticked"]})
    here = services()
    return confirm(here.db, ref, consent=asked.words.consent, now=here.clock()), asked.text.locale


def outcome_shape(statement: Statement, outcome: Outcome, locale: str) -> dict[str, Any]:
    """Return what became of a confirmation, how that is said, and how the statement can be passed on."""
    words = messages.spoken(locale)
    title, text = (messages.text(words, f"thanks.{outcome}.{part}") for part in ("title", "text"))
    here = services()
    now = here.clock()
    shown = showing.read_shown(here.db, statement.slug, now=now)
    counts = showing.counts_shape(shown, words, now=now)
    share = share_shape(statement, choose_text(shown.texts, [locale]), base_url=here.settings.base_url)
    said = {"heading": messages.text(words, "share.title"), "device": messages.text(words, "share.device")}
    return {
        "state": outcome,
        "title": title,
        "text": text,
        "counts": counts,
        "share": None if outcome == "no-seat" else share | said,
    }
