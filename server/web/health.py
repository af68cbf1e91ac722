"""What a hosting platform asks: is the process alive, and can it do its work?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from server.records import statements
from server.web.limits import limited
from server.web.services import find_chores, services

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@limited("health")
def alive() -> ResponseReturnValue:
    """Answer as long as the process answers at all."""
    return {"status": "ok"}


@bp.get("/readyz")
@limited("health")
def ready() -> ResponseReturnValue:
    """Look whether the database answers and the chores run; say no more than that."""
    with services().db.read() as tx:
        statements.find(tx, "")
    chores = find_chores()
    if chores is not None and not chores.is_running():
        return {"status": "chores stopped"}, 503
    return {"status": "ok"}
