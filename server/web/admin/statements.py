"""The first page of the desk: the statements that an admin may see, with their counts."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from server.records import roles, statement_texts, statements, tallies
from server.web.admin.doors import desk, needs
from server.web.admin.page import desk_page
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("statements", __name__, url_prefix="/admin")


@bp.get("/")
@limited("desk")
@needs(None)
def look() -> ResponseReturnValue:
    """List the statements under which the admin has a role."""
    here, asking = services(), desk()
    now, rows = here.clock(), []
    with here.db.read() as tx:
        for one in statements.list_all(tx):
            role = roles.highest(asking.roles, one.id)
            if role is None:
                continue
            texts = statement_texts.list_latest(tx, one.id)
            rows.append(
                {
                    "slug": one.slug,
                    "title": texts[0].title,
                    "locale": texts[0].locale,
                    "languages": [text.locale for text in texts],
                    "state": one.state(now),
                    "counts": tallies.count_standing(tx, one.id),
                    "role": role,
                }
            )
    return desk_page("desk/statements.html", rows=rows)
