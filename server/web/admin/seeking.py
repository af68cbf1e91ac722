"""What an admin looks for among the signatures, as the address of a page says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from server import messages
from server.addresses import AddressKeys
from server.errors import BadRequest
from server.records.partners import Partner
from server.records.signature_search import Sought
from server.records.statements import Statement
from server.statement_file import KINDS
from server.text import sought_key
from server.web.admin.deciding import read_id

STATES = ("confirmed", "held", "withdrawn", "removed", "pending")
FIELDS = ("q", "domain", "partner", "locale", "kind", "state", "from", "until")
_TYPED_LONGEST = 200


@dataclass(frozen=True)
class Search:
    """``typed`` is what stands in the form, by field; ``sought`` what that means; ``before`` where the page begins."""

    typed: Mapping[str, str]
    sought: Sought
    before: int | None

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
    sought = Sought(
        like=_letters(typed.get("q")),
        domain=keys.domain_key(typed["domain"]) if "domain" in typed else None,
        partner_id=ids[partner] if (partner := _one_of(typed.get("partner"), ids)) else None,
        locale=_one_of(typed.get("locale"), messages.LOCALES),
        kind=_one_of(typed.get("kind"), KINDS),
        state=_one_of(typed.get("state"), STATES),
        since=_day(statement, typed.get("from")),
        until=_day(statement, typed.get("until"), days=1),
    )
    before = asked.get("before", "")
    return Search(typed, sought, read_id(before) if before else None)


def _letters(typed: str | None) -> str | None:
    """A question without a letter finds nobody, rather than everybody."""
    return None if typed is None else sought_key(typed) or "  "


def _one_of(value: str | None, offered: object) -> str | None:
    if value is not None and value not in offered:  # type: ignore[operator]
        raise BadRequest(f"{value} is not offered")
    return value


def _day(statement: Statement, typed: str | None, *, days: int = 0) -> int | None:
    """Return when a day (ISO 8601) begins where the statement is; ``days`` later."""
    if typed is None:
        return None
    try:
        day = datetime.fromisoformat(typed) + timedelta(days=days)
        return int(day.replace(tzinfo=ZoneInfo(statement.zone)).timestamp())
    except (ValueError, OverflowError) as refusal:
        raise BadRequest("a day is written as 2027-01-31") from refusal
