"""Health checks for hosting platforms, load balancers and ``undersigned check --url``."""

import math
import shutil
import time
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import NamedTuple

from flask import Blueprint, Flask, current_app, request
from flask.typing import ResponseReturnValue

from server.db import Store, Tx, retried
from server.db.engines import file_of
from server.errors import DatabaseLost, UndersignedError
from server.services.backups import list_backups
from server.services.outbox import check_outbox
from server.tables import probes
from server.web.context import Context, context_of, find_worker, get_context
from server.web.limits import limited, network_of

bp = Blueprint("health", __name__)
_EXTENSION = "undersigned-readiness"
WAIT_S = 1.0
KEPT_S = 1.0
LEAST_FREE_BYTES = 100_000_000


class Health(NamedTuple):
    """Codes of what keeps this process from taking signatures, and of what somebody should look at."""

    reasons: list[str]
    warnings: list[str]


class Readiness:
    """Finds out whether this process can take signatures, by writing a row into the database.

    One write at a time. Its result is used for ``KEPT_S`` seconds, so that nobody can make the server write more often.
    A write that takes longer than ``WAIT_S`` seconds is a fault.
    """

    def __init__(self, here: Context) -> None:
        self._here = here
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="readyz")
        self._mutex = Lock()  # protects the following two
        self._trial: Future[Health] | None = None
        self._tried_at = -math.inf

    def check(self) -> Health:
        """Return the health of the database, the disk, the emails and the backups."""
        with self._mutex:
            if self._trial is None or (self._trial.done() and time.monotonic() - self._tried_at >= KEPT_S):
                self._trial, self._tried_at = self._thread.submit(self._try), time.monotonic()
            trial = self._trial
        try:
            return trial.result(timeout=WAIT_S)
        except TimeoutError:
            return Health(["database-busy"], [])

    def _try(self) -> Health:
        try:
            self._here.db.check_file()
            _write_probe(self._here.db, now=self._here.clock())
            with self._here.db.read() as tx:
                return Health([], self._warn(tx))
        except DatabaseLost:
            return Health(["database-lost"], [])
        except UndersignedError:
            return Health(["database-unavailable"], [])

    def _warn(self, tx: Tx) -> list[str]:
        settings, now, file = self._here.settings, self._here.clock(), file_of(self._here.settings.database)
        nightly = settings.nightly_backups
        newest = next(iter(list_backups(nightly.folder)), None) if nightly else None
        warnings = {
            "emails-late": check_outbox(tx, late_after_s=settings.mail_late_after_s, now=now).late_since is not None,
            "backup-late": newest is not None and newest.is_late(now=now),
            "disk-nearly-full": file is not None and shutil.disk_usage(file.parent).free < LEAST_FREE_BYTES,
        }
        return [code for code, is_so in warnings.items() if is_so]


@retried
def _write_probe(db: Store, *, now: int) -> None:
    with db.write() as tx:
        probes.write(tx, now=now)


def init_health(app: Flask) -> None:
    """Prepare ``/readyz``; its thread starts with the first request."""
    app.extensions[_EXTENSION] = Readiness(context_of(app))


@bp.get("/healthz")
@limited("health")
def healthz() -> ResponseReturnValue:
    """Report that the process is alive; checks nothing else."""
    return {"status": "ok"}


@bp.get("/readyz")
@limited("health")
def readyz() -> ResponseReturnValue:
    """Report whether this process can take signatures, with codes of the reasons; late emails are only a warning."""
    readiness: Readiness = current_app.extensions[_EXTENSION]
    health, worker = readiness.check(), find_worker()
    stopped = ["worker-stopped"] if worker is not None and not worker.is_running() else []
    reasons = health.reasons + stopped
    told = {"status": "not-ready" if reasons else "ok", "reasons": reasons, "warnings": health.warnings}
    return {name: value for name, value in told.items() if value}, 503 if reasons else 200


@bp.get("/probe/<token>")
@limited("health")
def probe(token: str) -> ResponseReturnValue:
    """Return the network that this request counts for; only ``undersigned check --url`` has a token."""
    here = get_context()
    here.links.check_probe(token, now=here.clock())
    return {"network": network_of(request.remote_addr), "scheme": request.scheme}, {"Cache-Control": "no-store"}
