"""What an admin looks for among the signatures, as the address of a page says it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from server import messages
from server.addresses import AddressKeys
from server.days import NotADay, begin_of_day
from server.errors import BadRequest
from server.kinds import KINDS
from server.records import STATES
from server.records.partners import Partner
from server.records.signature_search import Sought
from server.records.statements import Statement
from server.text import sought_key
from server.web.admin.deciding import read_id

FIELDS = ("q", "domain", "partner", "locale", "kind", "state", "from", "until")
_TYPED_LONGEST = 200
_DAYS_LATER = {"from": 0, "until": 1}  # the day until which is asked belongs to it


Offered = TypeVar("Offered", bound=str)


@dataclass(frozen=True)
class Search:
    """``typed`` is what stands in the form, by field; ``sought`` what that means; ``before`` where the page begins.

    ``wrong`` are the fields for a day that hold none: nothing is to be looked for then, and they are to be mended.
    """

    typed: Mapping[str, str]
    sought: Sought
    before: int | None
    wrong: tuple[str, ...]

    @property
    def is_filtered(self) -> bool:
        """Whether more was asked for than letters."""
        return bool(self.typed.keys() - {"q"})


def read_search(
    statement: Statement, partners: list[Partner], asked: Mapping[str, str], *, keys: AddressKeys
) -> Search:
    """Return what the query of an address asks for; raises ``BadRequest`` for what our form cannot have sent."""
    typed = {name: value.strip()[:_TYPED_LONGEST] for name in FIELDS if (value := asked.get(name, "")).strip()}
    ids = {partner.slug: partner.id for partner in partners}
    begins = {name: _begin(typed[name], statement, name) for name in _DAYS_LATER if name in typed}
    sought = Sought(
        like=_letters(typed.get("q")),
        domain=keys.domain_key(typed["domain"]) if "domain" in typed else None,
        partner_id=ids[partner] if (partner := _one_of(typed.get("partner"), ids)) else None,
        locale=_one_of(typed.get("locale"), messages.LOCALES),
        kind=_one_of(typed.get("kind"), KINDS),
        state=_one_of(typed.get("state"), STATES),
        since=begins.get("from"),
        until=begins.get("until"),
    )
    before = asked.get("before", "")
    wrong = tuple(name for name, begin in begins.items() if begin is None)
    return Search(typed, sought, read_id(before) if before else None, wrong)


def _letters(typed: str | None) -> str | None:
    """A question without a letter finds nobody, rather than everybody."""
    return None if typed is None else sought_key(typed) or "  "


def _one_of(value: str | None, offered: Iterable[Offered]) -> Offered | None:
    if value is None:
        return None
    for one in offered:
        if one == value:
            return one
    raise BadRequest(f"{value} is not offered")


def _begin(typed: str, statement: Statement, name: str) -> int | None:
    """Return from or until when to look, None for what is no day."""
    try:
        return begin_of_day(typed, statement.zone, days_later=_DAYS_LATER[name])
    except NotADay:
        return None
