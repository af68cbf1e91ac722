"""The two pages about partners at the desk: all of a statement, and one with its figures and what is its own."""

from flask import Response, request

from server import messages
from server.actions.partnering import is_owned
from server.records import partners, statement_texts, tallies
from server.records.partners import Partner
from server.records.roles import EVERYWHERE
from server.storage import Tx
from server.web.admin.doors import desk
from server.web.admin.page import desk_page
from server.web.admin.partner_form import Filled, typed_of
from server.web.figures import WEEK_S, read_figures, written
from server.web.services import services

_DONE = ("added", "changed", "newsletter", "report-end", "left", "revoked", "restored")


def owned() -> list[int] | None:
    """Return the ids of the statements that who asks owns; None: all, for they own the whole server."""
    held = [place for place, role in desk().roles.items() if role == "owner"]
    return None if EVERYWHERE in held else held


def languages_of(tx: Tx, partner: Partner) -> list[str]:
    """Return the languages that a partner's forms can be in here, and the one that it has."""
    found = [text.locale for text in statement_texts.list_latest(tx, desk().at.id)]
    return found if partner.locale in (None, *found) else [*found, str(partner.locale)]


def _done() -> str | None:
    return next((word for word in _DONE if word == request.args.get("done")), None)


def partner_list(filled: Filled) -> Response:
    """Show the partners of the statement at hand with their counts, and the form that adds one as it was typed."""
    here, statement = services(), desk().at
    with here.db.read() as tx:
        known = partners.list_joined_to(tx, statement.id)
        counted = tallies.count_by_partner(tx, statement.id, since=here.clock() - WEEK_S)
    status = 422 if filled.errors else 200
    rows = [(partner, counted.get(partner.id)) for partner in known]
    return desk_page(
        "desk/partners.html", status=status, rows=rows, filled=filled, may_revoke=owned() is None, done=_done()
    )


def partner_page(slug: str, filled: Filled | None = None) -> Response:
    """Show one partner of the statement at hand, with what was typed where it was refused; raises ``NotFound``."""
    here, asking = services(), desk()
    with here.db.read() as tx:
        partner = partners.get_of(tx, asking.at.id, slug)
        found = read_figures(tx, asking.at, partner, now=here.clock())
        texts = statement_texts.list_latest(tx, asking.at.id)
        all_owned = is_owned(tx, partner, owned())
        languages = languages_of(tx, partner)
    shown = filled or Filled({})
    shown.typed = typed_of(partner) | dict(shown.typed)
    return desk_page(
        "desk/partner.html",
        status=422 if shown.errors else 200,
        partner=partner,
        figures=found,
        written=written,
        filled=shown,
        languages=[(locale, messages.language_name(locale)) for locale in languages],
        news=[(text.locale, messages.language_name(text.locale)) for text in texts],
        may_change=asking.may("owner") and all_owned,
        is_shared=not all_owned,
        may_revoke=owned() is None,
        done=_done(),
    )
