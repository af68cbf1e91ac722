"""The background thread of each web process: it delivers emails and runs the hourly jobs."""

import logging
import threading
import time
from collections.abc import Callable

from server.errors import DatabaseLost, UndersignedError
from server.mail.delivery import DeliveryContext, deliver_due_emails
from server.mail.smtp import Transport
from server.mail.transports import open_transport
from server.services.backups import BackupPlace, make_nightly_backup, write_erasures
from server.services.outbox import check_outbox
from server.services.scheduled import (
    anonymise_signatures,
    ask_for_reconsent,
    backfill_search_keys,
    prune_ended_mailings,
    prune_expired,
    prune_mail_domains,
    queue_reminders,
    queue_results,
)
from server.tables import erasures
from server.text.dates import format_moment

DELIVERY_PAUSE_S = 1.0
RESTART_PAUSE_S = 5.0
CHECKPOINT_PAUSE_S = 30.0  # so that a lost ``-wal`` file has at most the last minute
HOUR_S = 3600
LATE_CHECK_S = 600
TIDY_TRIES = 10
TIDY_PAUSE_S = 1.0
HOURLY_BATCH_ROWS = 500  # rows per transaction, so that other writers do not wait long

_log = logging.getLogger("undersigned")


class Worker:
    """Runs in one thread of the web process. Start it after the fork; it restarts after an unexpected error."""

    def __init__(
        self,
        box: DeliveryContext,
        mail_url: str,
        *,
        clock: Callable[[], int],
        delivers: bool,
        remind_after_s: int,
        mail_late_after_s: int,
        backups: BackupPlace | None = None,
        backs_up_nightly: bool = False,
    ) -> None:
        self._box = box
        self._mail_url = mail_url
        self._clock = clock
        self._delivers = delivers
        self._remind_after_s = remind_after_s
        self._mail_late_after_s = mail_late_after_s
        self._backups = backups
        self._backs_up_nightly = backs_up_nightly
        self._newest_erasure = 0  # the newest one that was written into the files
        self._looked_for_late_at = time.monotonic()  # after a start, what has waited gets some time to leave
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._checkpoints: threading.Thread | None = None

    def start(self) -> None:
        """Start the worker in daemon threads, which do not keep the process alive."""
        self._thread = threading.Thread(target=self._run_for_ever, name="undersigned-worker", daemon=True)
        self._thread.start()
        # A thread of its own, because a slow mail server may block the other one for minutes.
        self._checkpoints = threading.Thread(target=self._checkpoint_for_ever, name="undersigned-wal", daemon=True)
        self._checkpoints.start()

    def stop(self) -> None:
        """Stop the worker and wait until the email in progress is sent."""
        self._stopping.set()
        for thread in (self._thread, self._checkpoints):
            if thread is not None:
                thread.join()

    def is_running(self) -> bool:
        """Return whether the thread is alive, even if it has been waiting long for a slow mail server."""
        return self._thread is not None and self._thread.is_alive()

    def _run_for_ever(self) -> None:
        while not self._stopping.is_set():
            try:
                self._run()
            except DatabaseLost:  # the store has logged it
                pass
            except (UndersignedError, OSError) as failure:
                _log.warning("the worker restarts after: %s", failure)
            except Exception:  # noqa: BLE001 - one failure must not stop the delivery of all other emails
                _log.exception("the worker restarts")
            self._stopping.wait(RESTART_PAUSE_S)

    def _checkpoint_for_ever(self) -> None:
        """Move the ``-wal`` file of the database into the database twice a minute."""
        while not self._stopping.wait(CHECKPOINT_PAUSE_S):
            try:
                self._box.db.tidy()
            except Exception:  # noqa: BLE001 - one failure must not stop all later checkpoints
                _log.exception("no checkpoint was made")

    def _run(self) -> None:
        jobs_run_at: float | None = None
        with open_transport(self._mail_url) as transport:
            while not self._stopping.is_set():
                self._box.db.check_file()
                if jobs_run_at is None or time.monotonic() - jobs_run_at >= HOUR_S:
                    self._run_hourly_jobs()
                    jobs_run_at = time.monotonic()
                self._write_new_erasures()
                done = self._deliver(transport)
                self._warn_of_late_emails()
                if done == 0:
                    self._stopping.wait(DELIVERY_PAUSE_S)

    def _run_hourly_jobs(self) -> None:
        """Run each hourly job once; those that work in batches repeat until they are done."""
        db, now = self._box.db, self._clock()
        prune_expired(db, now=now)
        queue_reminders(db, after_s=self._remind_after_s, now=now)
        ask_for_reconsent(db, now=now)
        queue_results(db, now=now)
        anonymise_signatures(db, now=now)
        self._repeat(lambda: prune_ended_mailings(db, most=HOURLY_BATCH_ROWS, now=now))
        self._repeat(lambda: prune_mail_domains(db, most=HOURLY_BATCH_ROWS, now=now))
        self._repeat(lambda: backfill_search_keys(db, most=HOURLY_BATCH_ROWS))
        self._truncate_database_logs()
        self._back_up()

    def _back_up(self) -> None:
        """Say in the files of erasures that they are complete until now, and make the nightly backup if it is due."""
        if self._backups is None:
            return
        db, now = self._box.db, self._clock()
        try:
            write_erasures(db, self._backups, known_until=now)
            if self._backs_up_nightly:
                make_nightly_backup(db, self._backups, now=now)
        except (UndersignedError, OSError) as failure:
            _log.error("the backup failed: %s", failure)

    def _write_new_erasures(self) -> None:
        """Write the erasures since the last time into their files, so that they survive the loss of the database."""
        if self._backups is None:
            return
        with self._box.db.read() as tx:
            newest = erasures.newest_id(tx)
        if newest == self._newest_erasure:
            return
        self._newest_erasure = newest
        try:
            write_erasures(self._box.db, self._backups)
        except (UndersignedError, OSError) as failure:
            _log.error("the file of erasures cannot be written: %s", failure)

    def _warn_of_late_emails(self) -> None:
        """Log an error, at most every ten minutes, while emails wait for too long, with what the mail server says."""
        if time.monotonic() - self._looked_for_late_at < LATE_CHECK_S:
            return
        self._looked_for_late_at = time.monotonic()
        with self._box.db.read() as tx:
            health = check_outbox(tx, late_after_s=self._mail_late_after_s, now=self._clock())
        if health.late_since is not None:
            replies = "; ".join(f"{refusal.reply} ({refusal.emails})" for refusal in health.refusals)
            since = format_moment(health.late_since)
            _log.error("emails have been waiting since %s; the mail server said: %s", since, replies or "nothing")

    def _truncate_database_logs(self) -> None:
        """Remove erased data from the database's log files; log a warning if a long read prevents it."""
        for _ in range(TIDY_TRIES):
            if self._box.db.tidy() or self._stopping.wait(TIDY_PAUSE_S):
                return
        _log.warning(
            "deleted data is still in the database log (WAL), because a reader keeps the database busy for too long"
        )

    def _repeat(self, job: Callable[[], int]) -> None:
        """Run a job until it returns 0 (nothing left to do) or the worker is stopping."""
        while not self._stopping.is_set() and job():
            continue

    def _deliver(self, transport: Transport) -> int:
        """Deliver the emails that are due; return how many were sent, suppressed or given up."""
        if not self._delivers:
            return 0
        done = deliver_due_emails(self._box, transport, clock=self._clock, is_stopping=self._stopping.is_set)
        if done.stopped is not None:
            _log.error("the mail server refuses: %s", done.stopped)
        if done.sealed is not None:
            _log.error("an address cannot be decrypted: %s", done.sealed)
        return done.sent + done.kept_back + done.dead
