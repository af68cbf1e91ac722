"""Health checks for hosting platforms: alive, and ready to work."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from server.tables import statements
from server.web.context import find_worker, get_context
from server.web.limits import limited

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@limited("health")
def healthz() -> ResponseReturnValue:
    """Answer as long as the process answers at all."""
    return {"status": "ok"}


@bp.get("/readyz")
@limited("health")
def readyz() -> ResponseReturnValue:
    """Check that the database answers and the worker runs; say nothing else."""
    with get_context().db.read() as tx:
        statements.find(tx, "")
    worker = find_worker()
    if worker is not None and not worker.is_running():
        return {"status": "chores stopped"}, 503
    return {"status": "ok"}
