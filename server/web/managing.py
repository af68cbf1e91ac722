"""The signer's own page: what became of a signature, and everything that its signer may do with it, for ever after."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions.affirm import affirm as affirm_line
from server.actions.amend import amend
from server.actions.confirm import Consent
from server.actions.forget import forget
from server.actions.linked import get_own
from server.actions.unsubscribe import unsubscribe
from server.actions.withdraw import withdraw as withdraw_signature
from server.errors import Invalid
from server.links import SignatureRef
from server.records import signatures, statement_texts, statements, subscriptions
from server.records.signatures import Signature
from server.records.statement_texts import StatementText
from server.records.statements import Statement
from server.records.subscriptions import ORGANISER, Subscription
from server.storage import Row
from server.web import showing
from server.web.amending import Mistyped, change_form, sent_line
from server.web.limits import limited
from server.web.security import check_own_page
from server.web.services import services
from server.web.stored import stored_about
from server.web.wording import page_words

bp = Blueprint("managing", __name__)
bp.before_request(check_own_page)
_DONE = ("changed", "held", "withdrawn", "news")
_ACTIONS = ("affirm", "withdraw", "stop_news", "erase", "data")


@dataclass(frozen=True)
class Own:
    """A signature that its signer comes to see; ``record`` is all that is stored of it, for reading."""

    signature: Signature
    statement: Statement
    text: StatementText
    record: Row
    subscriptions: list[Subscription]

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
    return _page(token, _find(_read(token)))


@bp.post("/signature/<token>/change")
@limited("confirm")
def change(token: str) -> ResponseReturnValue:
    """Write the line anew; what will not do comes back with all that was typed."""
    here, ref = services(), _read(token)
    own = _find(ref)
    try:
        line = sent_line(own.signature, own.statement)
        state = amend(here.db, ref, line, consent=_consent(own), now=here.clock())
    except Invalid as refusal:
        return _page(token, own, mistyped=Mistyped(request.form.to_dict(), refusal))
    return _back(token, "held" if state == "held" else "changed")


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
        return _page(token, _find(ref), unticked="withdraw")
    shown = request.form.get("shown") == "yes"
    withdraw_signature(services().db, ref, shown=shown, now=services().clock())
    return _back(token, "withdrawn")


@bp.post("/signature/<token>/news")
@limited("confirm")
def stop_news(token: str) -> ResponseReturnValue:
    """Send no more news, the organiser's or those of the ``partner`` that is named; raises ``LinkInvalid``."""
    here, ref = services(), _read(token)
    own, partner = _find(ref), request.form.get("partner")
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
    own = _find(ref)
    if request.form.get("erase") != "yes":
        return _page(token, own, unticked="erase")
    forget(services().db, ref, now=services().clock())
    return redirect(url_for("pages.gone", what="erased", locale=own.text.locale), 303)


@bp.get("/signature/<token>/data.json")
@limited("confirm")
def data(token: str) -> ResponseReturnValue:
    """Hand out all that is stored about the signer."""
    here, own = services(), _find(_read(token))
    page = here.settings.base_url + url_for("pages.statement", slug=own.statement.slug)
    with here.db.read() as tx:
        found = stored_about(tx, own.signature, own.text, sealer=here.sealer, page=page, now=here.clock())
    response = jsonify(found)
    response.headers["Content-Disposition"] = f'attachment; filename="{own.statement.slug}.json"'
    return response


def _read(token: str) -> SignatureRef:
    return services().links.read_manage(token, now=services().clock())


def _find(ref: SignatureRef) -> Own:
    """Return what a link is about, whatever has become of its statement; raises ``LinkInvalid``."""
    with services().db.read() as tx:
        signature = get_own(tx, ref)
        return Own(
            signature,
            statements.get_by_id(tx, signature.statement_id),
            statement_texts.get(tx, signature.text_id),
            signatures.get_record(tx, signature.id),
            subscriptions.list_of(tx, signature.id),
        )


def _consent(own: Own) -> Consent:
    """Return the words above the button by which a name is published that was only counted before."""
    return Consent(own.locale, messages.text(own.locale, "manage.change.consent"))


def _back(token: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("managing.look", token=token, done=done), 303)


def _page(token: str, own: Own, *, mistyped: Mistyped | None = None, unticked: str | None = None) -> Response:
    locale, done = own.locale, request.args.get("done")
    page = render_template(
        "public/manage.html",
        **_words(own),
        state=own.signature.state,
        line=showing.line_of(own.signature, locale),
        signed=_day(own, own.signature.confirmed_at),
        listed=own.signature.founding_place is not None,
        affirmed=_day(own, own.record["listed_confirmed_at"]),
        version=showing.version_shape(own.statement, own.text, locale),
        withdrawn=_day(own, own.record["withdrawn_at"]),
        withdrawal_shown=bool(own.record["withdrawal_shown"]),
        change=change_form(
            own.signature, own.statement, locale, action=url_for("managing.change", token=token), mistyped=mistyped
        ),
        reviewed=own.statement.moderation == "all",
        newsletter=own.signature.newsletter,
        of_partners=own.of_partners,
        actions={name: url_for(f"managing.{name}", token=token) for name in _ACTIONS},
        done=done if done in _DONE else None,
        unticked=unticked,
    )
    return Response(page, status=422 if mistyped or unticked else 200, mimetype="text/html")


def _words(own: Own) -> dict[str, Any]:
    """Return the words of the page; it stays when the statement's own page is gone."""
    is_public = own.statement.state(services().clock()) not in ("draft", "archived")
    statement = {"title": own.text.title, "locale": own.text.locale, "dir": messages.direction(own.text.locale)}
    return page_words(own.text.locale, slug=own.statement.slug if is_public else None) | {"statement": statement}


def _day(own: Own, epoch: int | None) -> str | None:
    return None if epoch is None else messages.format_day(own.locale, epoch, own.statement.timezone or "Etc/UTC")
