"""The signer's own page: what became of a signature, and everything that its signer may do with it, for ever after."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions.affirm import affirm as affirm_line
from server.actions.amend import amend, find_rule_once_shown
from server.actions.confirm import Consent
from server.actions.forget import forget
from server.actions.keep import keep as keep_signature
from server.actions.lines import Line
from server.actions.linked import get_own
from server.actions.unsubscribe import unsubscribe
from server.actions.versions import TextMoved
from server.actions.withdraw import withdraw as withdraw_signature
from server.errors import Invalid
from server.links import SignatureRef
from server.records import editions, signers, statement_texts, statements, subscriptions
from server.records.signatures import Signature
from server.records.statement_texts import StatementText
from server.records.statements import Statement
from server.records.subscriptions import ORGANISER, Subscription
from server.storage import Row, Tx
from server.web import showing
from server.web.amending import Mistyped, change_form, sent_line
from server.web.consenting import Words, find_words, which_consent
from server.web.limits import limited
from server.web.security import check_own_page
from server.web.services import services
from server.web.stored import stored_about
from server.web.wording import page_words

bp = Blueprint("managing", __name__)
bp.before_request(check_own_page)
_STANDING = ("confirmed", "held")
_DONE = {"changed": _STANDING, "held": ("held",), "withdrawn": ("withdrawn",), "news": _STANDING, "kept": _STANDING}
_ACTIONS = ("affirm", "withdraw", "stop_news", "erase", "data")


@dataclass(frozen=True)
class Own:
    """A signature that its signer comes to see; ``record`` is all that is stored of it, for reading.

    ``words`` are those by which its name is published, ``keeping`` those by which it stays under a new text. ``newest``
    is the text of now in the language that was signed; ``is_superseded``: it belongs to a newer edition.
    ``is_reviewed``: an admin looks at it again when it is changed, or when one that was only counted is to be shown.
    """

    signature: Signature
    statement: Statement
    text: StatementText
    newest: StatementText
    is_superseded: bool
    record: Row
    subscriptions: list[Subscription]
    words: Words
    keeping: Words
    is_reviewed: bool

    @property
    def locale(self) -> str:
        """The language of ours that is nearest to the one that was signed in."""
        return messages.spoken(self.text.locale)

    @property
    def of_partners(self) -> list[Subscription]:
        """What of the partners' news is sent now."""
        return [one for one in self.subscriptions if one.is_live and one.partner_id != ORGANISER]


@bp.get("/signature/<token>")
@limited("confirm")
def look(token: str) -> ResponseReturnValue:
    """Show the line as it stands, and what can be done with it; looking changes nothing."""
    return _page(token, _get(_read(token)))


@bp.post("/signature/<token>/change")
@limited("confirm")
def change(token: str) -> ResponseReturnValue:
    """Write the line anew; what will not do comes back with all that was typed."""
    here, ref = services(), _read(token)
    own = _get(ref)
    try:
        line = sent_line(own.signature, own.statement)
        _check_wording(own, line)
        state = amend(here.db, ref, line, consent=_consent(own), now=here.clock())
    except Invalid as refusal:
        return _page(token, own, mistyped=Mistyped(request.form.to_dict(), refusal))
    return _back(token, "held" if state == "held" else "changed")


@bp.post("/signature/<token>/keep")
@limited("confirm")
def keep(token: str) -> ResponseReturnValue:
    """Let the name stand under the new text, when the box is ticked and the text is the one that was looked at."""
    here, ref = services(), _read(token)
    own = _get(ref)
    if request.form.get("consent") != "yes":
        return _page(token, own, unticked="consent")
    if request.form.get("wording") != own.keeping.name:
        return _page(token, own, unticked="moved")
    seen, consent = request.form.get("text", ""), own.keeping.consent
    try:
        keep_signature(here.db, ref, seen=seen, consent=consent, now=here.clock())
    except TextMoved:
        return _page(token, _get(ref), unticked="moved")
    return _back(token, "kept")


@bp.post("/signature/<token>/affirm")
@limited("confirm")
def affirm(token: str) -> ResponseReturnValue:
    """Note that somebody whom the organisers have listed says that it is right."""
    affirm_line(services().db, _read(token), now=services().clock())
    return redirect(url_for("managing.look", token=token), 303)


@bp.post("/signature/<token>/withdraw")
@limited("confirm")
def withdraw(token: str) -> ResponseReturnValue:
    """Withdraw, when the box is ticked."""
    ref = _read(token)
    if request.form.get("withdraw") != "yes":
        return _page(token, _get(ref), unticked="withdraw")
    shown = request.form.get("shown") == "yes"
    withdraw_signature(services().db, ref, shown=shown, now=services().clock())
    return _back(token, "withdrawn")


@bp.post("/signature/<token>/news")
@limited("confirm")
def stop_news(token: str) -> ResponseReturnValue:
    """Send no more news, the organiser's or those of the ``partner`` that is named; raises ``LinkInvalid``."""
    here, ref = services(), _read(token)
    own, partner = _get(ref), request.form.get("partner")
    if not partner:
        unsubscribe(here.db, ref, now=here.clock())
        return _back(token, "news")
    for one in own.of_partners:
        if one.partner == partner:
            unsubscribe(here.db, ref, partner_id=one.partner_id, now=here.clock())
    return _back(token, "changed")


@bp.post("/signature/<token>/erase")
@limited("confirm")
def erase(token: str) -> ResponseReturnValue:
    """Erase everything, when the box is ticked; the answer leads to a page that knows nothing of it."""
    ref = _read(token)
    own = _get(ref)
    if request.form.get("erase") != "yes":
        return _page(token, own, unticked="erase")
    forget(services().db, ref, now=services().clock())
    return redirect(url_for("pages.gone", what="erased", locale=own.text.locale), 303)


@bp.get("/signature/<token>/data.json")
@limited("confirm")
def data(token: str) -> ResponseReturnValue:
    """Hand out all that is stored about the signer."""
    here, own = services(), _get(_read(token))
    page = here.links.page(own.statement.slug)
    with here.db.read() as tx:
        found = stored_about(tx, own.signature, own.text, keys=here.keys, sealer=here.sealer, page=page)
    response = jsonify(found)
    response.headers["Content-Disposition"] = f'attachment; filename="{own.statement.slug}.json"'
    return response


def _read(token: str) -> SignatureRef:
    return services().links.read_manage(token, now=services().clock())


def _get(ref: SignatureRef) -> Own:
    """Return what a link is about, whatever has become of its statement; raises ``LinkInvalid``."""
    with services().db.read() as tx:
        signature = get_own(tx, ref)
        text = statement_texts.get(tx, signature.text_id)
        statement = statements.get_by_id(tx, signature.statement_id)
        return Own(
            signature,
            statement,
            text,
            statement_texts.get_latest(tx, text.statement_id, text.locale),
            text.id in editions.list_superseded(tx, text.statement_id),
            signers.get_record(tx, signature.id),
            subscriptions.list_of(tx, signature.id),
            find_words(tx, text, signature.kind),
            find_words(tx, text, which_consent(signature.kind, signature.visibility)),
            _is_reviewed(tx, statement, signature),
        )


def _is_reviewed(tx: Tx, statement: Statement, signature: Signature) -> bool:
    once_shown = find_rule_once_shown(tx, statement, signature, now=services().clock())
    return statement.moderation == "all" or once_shown is not None


def _consent(own: Own) -> Consent:
    """Return the words above the button by which a name is published that was only counted before."""
    if own.words.is_own:
        return own.words.consent
    return Consent(own.locale, messages.text(own.locale, "manage.change.consent"))


def _check_wording(own: Own, line: Line) -> None:
    """Raise ``Invalid`` where a name would be published by words that stood there when the page was opened."""
    is_to_be_shown = line.get("visibility", "counted") not in ("counted", own.signature.visibility)
    if is_to_be_shown and request.form.get("wording", own.words.which) != own.words.name:
        raise Invalid({"visibility": ["reworded"]})


def _edition(token: str, own: Own) -> dict[str, Any] | None:
    """Return what a signer is asked whose text is of an older edition; None where there is nothing to ask."""
    if not own.is_superseded or own.signature.state not in _STANDING:
        return None
    return {
        "action": url_for("managing.keep", token=token),
        "text": own.newest.sha256,
        "wording": own.keeping.name,
        "consent": own.keeping.consent.body,
        "versions": url_for("versions.look", slug=own.statement.slug, locale=own.text.locale),
    }


def _retention(own: Own) -> str | None:
    """Say when it will be erased, in words; None where it is kept: the names that the organisers have listed stay."""
    signature = own.signature
    if signature.founding_place is not None and signature.visibility == "name" and signature.state in _STANDING:
        return None
    return showing.retention_text(own.statement, own.locale, now=services().clock())


def _back(token: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("managing.look", token=token, done=done), 303)


def _page(token: str, own: Own, *, mistyped: Mistyped | None = None, unticked: str | None = None) -> Response:
    locale, done = own.locale, request.args.get("done")
    page = render_template(
        "public/manage.html",
        **_words(own),
        state=own.signature.state,
        stands=own.signature.state in _STANDING,
        line=showing.line_of(own.signature, locale),
        signed=_day(own, own.signature.confirmed_at),
        listed=own.signature.founding_place is not None,
        affirmed=_day(own, own.record["listed_confirmed_at"]),
        version=showing.version_shape(own.statement, own.text, locale, newest=own.newest),
        edition=_edition(token, own),
        withdrawn=_day(own, own.record["withdrawn_at"]),
        keeps_seat=own.signature.state == "removed" and own.record["withdrawn_at"] is None,
        withdrawal_shown=bool(own.record["withdrawal_shown"]),
        change=change_form(
            own.signature, own.statement, locale, action=url_for("managing.change", token=token), mistyped=mistyped
        ),
        retention=_retention(own),
        consent=_consent(own),
        wording=own.words.name if own.words.is_own else None,
        reviewed=own.is_reviewed,
        newsletter=own.signature.newsletter,
        of_partners=own.of_partners,
        actions={name: url_for(f"managing.{name}", token=token) for name in _ACTIONS},
        done=done if own.signature.state in _DONE.get(done or "", ()) else None,
        unticked=unticked,
    )
    return Response(page, status=422 if mistyped or unticked else 200, mimetype="text/html")


def _words(own: Own) -> dict[str, Any]:
    """Return the words of the page; it stays when the statement's own page is gone."""
    is_public = own.statement.state(services().clock()) not in ("draft", "archived")
    statement = {"title": own.text.title, "locale": own.text.locale, "dir": messages.direction(own.text.locale)}
    return page_words(own.text.locale, slug=own.statement.slug if is_public else None) | {"statement": statement}


def _day(own: Own, epoch: int | None) -> str | None:
    return None if epoch is None else messages.format_day(own.locale, epoch, own.statement.zone)
