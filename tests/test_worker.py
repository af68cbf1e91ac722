"""The worker: a thread that delivers and prunes, survives what it did not expect, and stops when it is told to."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from server import worker as worker_module
from server.mail.delivery import EmailBudget
from server.services import statements
from server.services.backups import list_backups
from server.services.erasures import read_log
from server.services.signers import erase_signature
from server.tables.outbox import EmailUsage, Purse
from server.web.context import find_worker, start_worker
from server.worker import Worker
from tests.databases import databases
from tests.mail.sink import Sink

LONG_S = 20
QUIET = {"remind_after_s": 0, "mail_late_after_s": 30 * 60}
DAY_S = 24 * 3600


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "DELIVERY_PAUSE_S", 0.01)
    monkeypatch.setattr(worker_module, "RESTART_PAUSE_S", 0.01)
    monkeypatch.setattr(worker_module, "LATE_CHECK_S", 0)


@pytest.fixture
def run() -> Iterator[Callable[..., Worker]]:
    running: list[Worker] = []

    def start(box, url: str, clock, **given: object) -> Worker:
        worker = Worker(box, url, **{"clock": clock, "delivers": True, **QUIET, **given})
        worker.start()
        running.append(worker)
        return worker

    yield start
    for worker in running:
        worker.stop()


class CountingClock:
    """Epoch seconds, and a way to wait until the thread has looked at them so many times."""

    def __init__(self, now: int) -> None:
        self.now, self.looks = now, 0
        self.looked = threading.Condition()

    def __call__(self) -> int:
        with self.looked:
            self.looks += 1
            self.looked.notify_all()
        return self.now

    def wait_for_looks(self, more: int) -> None:
        with self.looked:
            wanted = self.looks + more
            assert self.looked.wait_for(lambda: self.looks >= wanted, timeout=LONG_S)


class Flaky(EmailBudget):
    """A budget that fails of something that nobody foresaw, the first times that it is asked."""

    failures = 0

    def is_spent(self, purse: Purse, spent: EmailUsage) -> bool:
        if Flaky.failures:
            Flaky.failures -= 1
            raise ZeroDivisionError("unforeseen")
        return super().is_spent(purse, spent)


def wait_until(there: Callable[[], bool], clock: CountingClock) -> None:
    """Give the thread rounds until it is there, or the deadline has come."""
    deadline = time.monotonic() + LONG_S
    while not there():
        assert time.monotonic() < deadline
        clock.wait_for_looks(1)


def test_the_thread_delivers_what_waits_and_what_comes_later(scene, run, clock):
    ticking = CountingClock(clock())
    with Sink() as sink:
        worker = run(scene.context.delivery_context, sink.url(), ticking)
        for number in range(3):
            scene.sign(email=f"signer{number}@rivers.example")
        wait_until(lambda: scene.fates().sent == 3, ticking)

        assert worker.is_running()
        assert len(sink.received) == 3
        worker.stop()
    assert not worker.is_running()


def test_off_prunes_and_delivers_nothing(scene, run, clock, monkeypatch):
    monkeypatch.setattr(worker_module, "HOUR_S", 0)  # every round looks at the clock
    scene.sign()
    ticking = CountingClock(clock() + 2 * 24 * 3600)
    with Sink() as sink:
        worker = run(scene.context.delivery_context, sink.url(), ticking, delivers=False)
        ticking.wait_for_looks(5)
        worker.stop()

        assert sink.connections == 0
    assert scene.rows("SELECT * FROM submissions") == []
    assert scene.fates().waiting == 1


def test_each_hour_it_reminds_who_forgot_and_tells_how_it_ended(scene, run, clock, tmp_path, monkeypatch):
    monkeypatch.setattr(worker_module, "HOUR_S", 0)
    ended = scene.publish("clean-air", "newsletter = true")
    told = ended.signed(newsletter=True)
    statements.close_statement(scene.db, "clean-air", actor="kate", now=clock())
    asked = scene.sign(email="aram@rivers.example")
    scene.run("DELETE FROM outbox")
    ticking = CountingClock(clock() + 3 * DAY_S)
    url = f"maildir://{tmp_path / 'mail'}"
    worker = run(scene.context.delivery_context, url, ticking, delivers=False, remind_after_s=2 * DAY_S)
    wait_until(lambda: len(scene.emails()) == 2, ticking)
    worker.stop()

    emails = {row["kind"]: row["signature_id"] for row in scene.emails()}
    assert emails == {"reminder": asked, "result": told}


def test_each_hour_it_erases_whose_time_has_come(scene, run, clock, tmp_path, monkeypatch):
    monkeypatch.setattr(worker_module, "HOUR_S", 0)
    ended = scene.publish("clean-air", "anonymise_after_days = 30")
    ended.signed()
    statements.close_statement(scene.db, "clean-air", actor="kate", now=clock())
    ticking = CountingClock(clock() + 31 * DAY_S)
    run(scene.context.delivery_context, f"maildir://{tmp_path / 'mail'}", ticking, delivers=False)

    def is_erased() -> bool:
        return scene.rows("SELECT name, state FROM signatures") == [{"name": None, "state": "confirmed"}]

    wait_until(is_erased, ticking)


def test_each_hour_it_forgets_how_many_emails_an_address_had_where_nobody_signs_any_more(
    scene, run, mails, clock, tmp_path, monkeypatch
):
    monkeypatch.setattr(worker_module, "HOUR_S", 0)
    scene.sign()
    mails.deliver()
    statements.close_statement(scene.db, "open-rivers", actor="kate", now=clock())
    ticking = CountingClock(clock() + 31 * DAY_S)
    assert len(scene.rows("SELECT * FROM mailings")) == 1

    run(scene.context.delivery_context, f"maildir://{tmp_path / 'mail'}", ticking, delivers=False)

    wait_until(lambda: scene.rows("SELECT * FROM mailings") == [], ticking)


@pytest.mark.sqlite
def test_each_hour_it_empties_the_log_that_a_reader_had_kept(scene, run, clock, tmp_path, monkeypatch):
    monkeypatch.setattr(worker_module, "HOUR_S", 0)
    ref = scene.ref(scene.signed(name="Qanahit Findable"))
    with scene.db.read() as tx:
        tx.rows("SELECT id FROM signatures", {})
        erase_signature(scene.db, ref, now=clock())
    assert b"Qanahit" in databases.all_bytes(tmp_path)

    ticking = CountingClock(clock())
    run(scene.context.delivery_context, f"maildir://{tmp_path / 'mail'}", ticking, delivers=False)

    wait_until(lambda: b"Qanahit" not in databases.all_bytes(tmp_path), ticking)


@pytest.mark.sqlite
def test_a_reader_that_does_not_end_is_told_in_the_log(scene, run, clock, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(worker_module, "TIDY_TRIES", 2)
    monkeypatch.setattr(worker_module, "TIDY_PAUSE_S", 0.01)
    ticking = CountingClock(clock())
    scene.sign()
    with scene.db.read() as tx, caplog.at_level(logging.WARNING, "undersigned"):
        tx.rows("SELECT id FROM signatures", {})
        run(scene.context.delivery_context, f"maildir://{tmp_path / 'mail'}", ticking)

        wait_until(lambda: "still in the database log" in caplog.text, ticking)


@pytest.mark.sqlite
def test_each_night_it_makes_a_backup_and_an_erasure_is_in_the_files_at_once(scene, run, clock, tmp_path, monkeypatch):
    monkeypatch.setattr(worker_module, "HOUR_S", 0)
    ticking, place = CountingClock(clock()), scene.context.settings.backups
    url = f"maildir://{tmp_path / 'mail'}"
    run(scene.context.delivery_context, url, ticking, delivers=False, backups=place, backs_up_nightly=True)
    wait_until(lambda: len(list_backups(place.folder)) == 1, ticking)
    ticking.now += DAY_S
    wait_until(lambda: len(list_backups(place.folder)) == 2, ticking)

    monkeypatch.setattr(worker_module, "HOUR_S", LONG_S * 1000)
    erased = scene.signed()
    erase_signature(scene.db, scene.ref(erased), now=clock())

    def is_written() -> bool:
        logs = [read_log(file, place.instance) for file in place.erasure_files]
        return all([record.signature_id for record in log.records] == [erased] for log in logs)

    deadline = time.monotonic() + LONG_S
    while not is_written():
        assert time.monotonic() < deadline


@pytest.mark.sqlite
def test_without_nightly_backups_it_only_says_until_when_erasures_are_known(scene, run, clock, tmp_path, monkeypatch):
    monkeypatch.setattr(worker_module, "HOUR_S", 0)
    ticking, place = CountingClock(clock() + DAY_S), scene.context.settings.backups
    url = f"maildir://{tmp_path / 'mail'}"
    run(scene.context.delivery_context, url, ticking, delivers=False, backups=place, backs_up_nightly=False)

    wait_until(lambda: read_log(place.erasure_files[0], place.instance).known_until == ticking.now, ticking)
    ticking.wait_for_looks(10)

    assert list_backups(place.folder) == []


@pytest.mark.sqlite
def test_a_backup_that_fails_is_told_in_the_log_and_emails_go_on(scene, run, clock, tmp_path, caplog):
    ticking, place = CountingClock(clock()), scene.context.settings.backups
    place.folder.write_text("in the way")
    scene.sign()
    with Sink() as sink, caplog.at_level(logging.ERROR, "undersigned"):
        run(scene.context.delivery_context, sink.url(), ticking, backups=place, backs_up_nightly=True)
        wait_until(lambda: scene.fates().sent == 1, ticking)

    assert "the backup failed: no backup was made in" in caplog.text


def test_an_unexpected_failure_begins_anew_and_is_told(scene, run, clock, caplog):
    ticking = CountingClock(clock())
    box = replace(
        scene.context.delivery_context,
        budget=Flaky(gap_s=0, per_day=3, per_statement=5, links_per_day=1, domain_per_hour=60),
    )
    Flaky.failures = 1
    scene.sign()
    with Sink() as sink, caplog.at_level(logging.ERROR, "undersigned"):
        worker = run(box, sink.url(), ticking)
        wait_until(lambda: Flaky.failures == 0, ticking)
        ticking.now += 300  # the failed round's lease
        wait_until(lambda: scene.fates().sent == 1, ticking)

        assert worker.is_running()
    assert "the worker restarts" in caplog.text
    assert "unforeseen" in caplog.text


def test_settings_that_cannot_be_used_are_told_and_tried_again(scene, run, clock, tmp_path, caplog):
    """The maildir is a file until somebody takes it away."""
    ticking = CountingClock(clock())
    in_the_way = tmp_path / "in-the-way"
    in_the_way.write_text("")
    scene.sign()
    worker = run(scene.context.delivery_context, f"maildir://{in_the_way}", ticking)
    wait_until(lambda: bool(scene.emails()[0]["reply"]), ticking)
    in_the_way.unlink()
    ticking.now += 3600
    wait_until(lambda: scene.fates().sent == 1, ticking)

    assert worker.is_running()


def test_a_server_that_refuses_us_is_told_in_the_log(scene, run, clock, caplog):
    ticking = CountingClock(clock())
    scene.sign()
    with Sink() as sink, caplog.at_level(logging.ERROR, "undersigned"):
        sink.plan("MAIL", "554 5.7.1 blocked")
        run(scene.context.delivery_context, sink.url(), ticking)
        wait_until(lambda: "554 5.7.1 blocked" in caplog.text, ticking)

    assert "ani@rivers.example" not in caplog.text


def test_an_address_that_cannot_be_opened_is_told_in_the_log(scene, run, clock, caplog):
    ticking = CountingClock(clock())
    scene.sign()
    scene.run("UPDATE outbox SET sealed_to = :broken", broken=b"nothing of ours")
    with Sink() as sink, caplog.at_level(logging.ERROR, "undersigned"):
        run(scene.context.delivery_context, sink.url(), ticking)
        wait_until(lambda: "an address cannot be decrypted" in caplog.text, ticking)


def test_stopping_waits_for_the_email_in_hand_and_leaves_the_rest(scene, clock):
    for number in range(10):
        scene.sign(email=f"signer{number}@rivers.example")
    worker: list[Worker] = []

    class StopsInTheMiddle(EmailBudget):
        """Is asked about each email, and hears meanwhile that the process is to end."""

        def is_spent(self, purse: Purse, spent: EmailUsage) -> bool:
            worker[0]._stopping.set()
            return False

    box = replace(scene.context.delivery_context, budget=StopsInTheMiddle(0, 3, 5, 1, 60))
    with Sink() as sink:
        worker.append(Worker(box, sink.url(), clock=clock, delivers=True, **QUIET))
        worker[0].start()
        worker[0]._thread.join(timeout=LONG_S)
        assert not worker[0].is_running()
        worker[0].stop()

        assert len(sink.received) == 1
    assert (scene.fates().sent, scene.fates().waiting) == (1, 9)
    assert {row["lease_until"] for row in scene.emails()} == {0}


def test_nothing_runs_before_it_is_started_and_stopping_that_is_harmless(scene, clock):
    worker = Worker(scene.context.delivery_context, "maildir:///nowhere", clock=clock, delivers=True, **QUIET)

    assert not worker.is_running()
    worker.stop()


def test_an_app_knows_the_chores_of_its_process(app, statement):
    with app.app_context():
        assert find_worker() is None
        started = start_worker(app)
        assert find_worker() is started
    started.stop()
    assert not started.is_running()


def test_emails_that_wait_for_too_long_are_in_the_log_with_the_servers_words(scene, run, clock, caplog):
    scene.sign()
    ticking = CountingClock(clock() + 31 * 60)
    with Sink() as sink:
        sink.plan("RCPT", "451 4.7.1 come back later")
        run(scene.context.delivery_context, sink.url(), ticking)
        wait_until(lambda: late_words(caplog) != [], ticking)

    words = late_words(caplog)[0]
    assert words.startswith("emails have been waiting since 20")
    assert words.endswith("UTC; the mail server said: 451 4.7.1 come back later (1)")


@pytest.mark.parametrize(("minutes", "is_late"), [(29, False), (31, True)])
def test_an_email_is_late_after_the_minutes_that_were_set(scene, run, clock, caplog, monkeypatch, minutes, is_late):
    monkeypatch.setattr(worker_module, "HOUR_S", 0)  # every round looks at the clock
    scene.sign()
    ticking = CountingClock(clock() + minutes * 60)
    worker = run(scene.context.delivery_context, "maildir:///nowhere", ticking, delivers=False)
    ticking.wait_for_looks(5)
    worker.stop()

    assert bool(late_words(caplog)) is is_late


def late_words(caplog) -> list[str]:
    return [one.getMessage() for one in caplog.records if "have been waiting since" in one.getMessage()]


def log_size(folder: Path) -> int:
    return (folder / "undersigned.db-wal").stat().st_size


@pytest.mark.sqlite
def test_what_is_in_the_log_is_moved_into_the_database_within_a_minute(scene, run, clock, tmp_path, monkeypatch):
    assert worker_module.CHECKPOINT_PAUSE_S < 60
    monkeypatch.setattr(worker_module, "CHECKPOINT_PAUSE_S", 0.01)
    ticking = CountingClock(clock())
    with Sink() as sink:
        run(scene.context.delivery_context, sink.url(), ticking)
        scene.sign()
        wait_until(lambda: scene.fates().sent == 1, ticking)  # the hourly jobs, which do it too, are done

        wait_until(lambda: log_size(tmp_path) == 0, ticking)


@pytest.mark.sqlite
def test_between_two_checkpoints_it_stays_there(scene, run, clock, tmp_path):
    """The twin: SQLite itself waits for a thousand pages."""
    ticking = CountingClock(clock())
    with Sink() as sink:
        run(scene.context.delivery_context, sink.url(), ticking)
        scene.sign()
        wait_until(lambda: scene.fates().sent == 1, ticking)
        ticking.wait_for_looks(5)

        assert log_size(tmp_path) > 0


@pytest.mark.sqlite
def test_nothing_is_delivered_from_a_database_that_was_moved(scene, run, clock, tmp_path, caplog):
    database, moved = tmp_path / "undersigned.db", tmp_path / "moved.db"
    scene.sign()
    ticking = CountingClock(clock())
    with Sink() as sink:
        database.rename(moved)
        run(scene.context.delivery_context, sink.url(), ticking)
        deadline = time.monotonic() + LONG_S
        while "was moved or deleted" not in caplog.text:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert (sink.received, ticking.looks) == ([], 0)
        moved.rename(database)
        wait_until(lambda: len(sink.received) == 1, ticking)

    assert caplog.text.count("was moved or deleted") == 1
    assert "the worker restarts" not in caplog.text
