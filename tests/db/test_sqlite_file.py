"""The database file: nothing is acknowledged into a file that is gone, and nothing is opened that is not complete."""

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from server.db import sqlite_file
from server.db.sqlite_backup import write_copy
from server.db.sqlite_file import DatabaseFile, accept_loss, read_count
from server.db.sqlite_store import SqliteStore
from server.errors import DatabaseLost, SettingsError, UndersignedError
from tests.db.file_faults import FAULTS, foreign_file, log_of
from tests.db.racing import PATIENCE_S, add_one, processes, raw, store_with_a_counter, value

ROUNDS = 50


@pytest.fixture
def _unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that looks at no file."""
    monkeypatch.setattr(DatabaseFile, "check", lambda _self, newest=None: None)


# While it is open


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_acknowledged_after_a_fault_and_the_log_says_so_once(path, store, caplog, fault):
    store.close()
    store.serve()
    for _ in range(2):  # the first commit after a stop is moved into the database at once
        add_one(store)
    FAULTS[fault](path)

    for _ in range(3):
        with pytest.raises(DatabaseLost):
            add_one(store)
        with pytest.raises(DatabaseLost):
            store.check_file()

    [said] = [record.message for record in caplog.records]
    assert said.startswith("no signatures are accepted and no emails are sent: ")
    assert str(path) in said


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_signs_nothing_notices_too(path, store, fault):
    add_one(store)
    FAULTS[fault](path)
    if fault == "log emptied":  # SQLite does that itself; it is a fault only if the next commit is not at its beginning
        return
    if fault == "overwritten by another instance":  # its count is random, and may be higher
        return

    with pytest.raises(DatabaseLost):
        store.check_file()


@pytest.mark.usefixtures("_unguarded")
@pytest.mark.parametrize(
    "fault", ["moved", "deleted", "replaced by another program", "overwritten by text", "log deleted"]
)
def test_sqlite_itself_says_nothing(path, store, fault):
    """The twin: all is well, into a file that nobody finds again."""
    add_one(store)
    FAULTS[fault](path)

    add_one(store)


def test_a_backup_that_is_copied_over_an_open_database_is_noticed(path, store, tmp_path):
    write_copy(path, tmp_path / "copy.db")
    store.close()
    store.serve()
    add_one(store)
    shutil.copyfile(tmp_path / "copy.db", path)

    with pytest.raises(DatabaseLost, match="overwritten"):
        store.check_file()


def test_a_count_that_began_again_is_no_fault(path, store):
    """Between two servers, while a command is at work all the time."""
    for _ in range(8):
        add_one(store)
        before, server = SqliteStore(path), SqliteStore(path)
        value(before)
        before.close()  # there is no server now, so the count begins again
        server.serve()
        value(server)
        add_one(store)
        add_one(server)
        server.check_file()
        store.tidy()
        add_one(store)
        server.check_file()
        server.close()


def test_a_file_that_is_put_back_is_used_again(path, store, caplog):
    path.rename(f"{path}.moved")
    with pytest.raises(DatabaseLost, match=r"was moved or deleted .* Put this file back"):
        add_one(store)
    Path(f"{path}.moved").rename(path)

    add_one(store)

    assert "the database is back" in caplog.text
    assert value(store) == 2  # the one that was refused had been written


def test_nothing_more_is_written_into_a_lost_file(path, store):
    moved = Path(f"{path}.moved")
    path.rename(moved)
    for _ in range(3):
        with pytest.raises(DatabaseLost):
            add_one(store)
    moved.rename(path)

    assert value(store) == 1


def test_checkpoints_and_vacuum_are_no_fault(path, store):
    for _ in range(3):
        add_one(store)
        assert store.tidy()
        store.check_file()
    with raw(path) as shell:
        shell.execute("PRAGMA busy_timeout = 5000")
        shell.execute("CREATE TABLE big (x)")
        shell.execute(
            "INSERT INTO big SELECT zeroblob(1000) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
            " SELECT i + 1 FROM n WHERE i < 3000) SELECT i FROM n)"
        )
        shell.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        add_one(store)
        shell.execute("DROP TABLE big")
        shell.execute("VACUUM")
        shell.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    add_one(store)

    store.check_file()
    assert value(store) == 5


def test_a_clean_stop_leaves_one_complete_file(path, store, tmp_path):
    store.serve()
    add_one(store)

    store.close()

    assert not log_of(path).exists()
    assert opened(Path(shutil.copyfile(path, tmp_path / "copy.db"))) == 1


# When it is opened


def opened(path: Path) -> int:
    store = SqliteStore(path)
    try:
        return value(store)
    finally:
        store.close()


def count_and_die(path: Path) -> None:
    store = SqliteStore(path)
    store.serve()
    for _ in range(3):
        add_one(store)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def killed(path: Path) -> Path:
    """A database whose server was killed after three commits."""
    store_with_a_counter(path).close()
    in_a_process(count_and_die, path)
    assert log_of(path).stat().st_size > 0
    return path


def in_a_process(act: Callable[..., None], *given: object) -> None:
    process = processes.Process(target=act, args=given)
    process.start()
    process.join()


def lose_log(path: Path) -> None:
    log_of(path).unlink()
    Path(f"{path}-shm").unlink()


def go_back(path: Path) -> None:
    """Put an older copy of the same database into its place."""
    assert opened(path) == 3
    older = path.with_name("older.db")
    shutil.copyfile(path, older)
    in_a_process(count_and_die, path)
    older.replace(path)
    lose_log(path)


def move_without_log(path: Path) -> None:
    """Take only the database file to a new machine."""
    new = path.parent / "new"
    new.mkdir()
    path.rename(new / path.name)
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    (new / path.name).rename(path)


def make_newer(path: Path) -> None:
    with raw(path) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('undersigned', '0099_later', '')"
        )


REFUSED = {
    "no log": (lose_log, r"u.db-wal is missing.*put it back.*--accept-loss"),
    "an older copy": (go_back, r"incomplete.*--accept-loss"),
    "moved without its log": (move_without_log, r"u.db-wal is missing"),
    "empty": (lambda path: path.write_bytes(b""), r"is empty \(0 bytes\).*undersigned restore.*undersigned init"),
    "no tables": (lambda path: no_tables(path), r"without tables.*undersigned restore"),
    "another program": (lambda path: foreign_file(path).replace(path), r"another program; its tables are orders\. Set"),
    "text": (lambda path: path.write_text("a letter " * 999), "cannot be used as a database: file is not a database"),
    "newer": (make_newer, r"newer version.*0099_later.*Install that version"),
}


def no_tables(path: Path) -> None:
    path.unlink()
    lose_log(path)
    with raw(path) as db:
        db.execute("VACUUM")


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_not_ours_or_not_complete_is_refused_with_the_way_out(killed, case):
    spoil, words = REFUSED[case]
    spoil(killed)
    before = {file.name: file.read_bytes() for file in killed.parent.glob("u.db*") if not file.name.endswith("-shm")}

    for use in (opened, lambda path: SqliteStore(path).migrate(), lambda path: SqliteStore(path).migrate(create=True)):
        with pytest.raises(SettingsError, match=f"(?s){words}"):
            use(killed)

    after = {file.name: file.read_bytes() for file in killed.parent.glob("u.db*") if not file.name.endswith("-shm")}
    after.setdefault("u.db.lock", b"")
    assert after == {"u.db.lock": b""} | before, "nothing was changed"


def test_a_log_that_is_put_back_makes_it_complete(killed):
    log_of(killed).rename(f"{killed}.aside")
    Path(f"{killed}-shm").unlink()
    with pytest.raises(SettingsError):
        opened(killed)
    Path(f"{killed}.aside").rename(log_of(killed))

    assert opened(killed) == 3


def test_a_loss_can_be_accepted(killed):
    lose_log(killed)
    accept_loss(killed)

    assert opened(killed) < 3


def test_without_the_count_a_lost_log_goes_unnoticed(killed, monkeypatch):
    """The twin: SQLite goes on with what is left."""
    lose_log(killed)
    monkeypatch.setattr(sqlite_file, "_refuse_incomplete", lambda *_given, **_named: None)

    assert opened(killed) < 3


def test_a_log_that_another_program_has_moved_into_the_file_is_not_missing(killed):
    with raw(killed) as shell:  # the last connection to close does that
        assert shell.execute("SELECT value FROM counters").fetchone() == (3,)
    assert not log_of(killed).exists()

    assert opened(killed) == 3


def test_a_backup_of_a_running_server_is_complete(path, store, tmp_path):
    store.serve()
    add_one(store)

    write_copy(path, tmp_path / "copy.db")

    assert opened(tmp_path / "copy.db") == 1


def test_no_backup_is_made_of_an_incomplete_database(killed, tmp_path):
    lose_log(killed)

    with pytest.raises(SettingsError, match="incomplete"):
        write_copy(killed, tmp_path / "copy.db")

    assert not (tmp_path / "copy.db").exists()


def test_a_lost_database_is_not_silently_made_anew(killed):
    killed.unlink()

    with pytest.raises(SettingsError, match=r"there was a database at .*, and it is gone"):
        SqliteStore(killed).migrate(create=True)

    assert not killed.exists()


def test_the_count_is_never_ahead_of_the_database(path, store):
    assert read_count(path) == 0 or counted(path) >= (read_count(path) or 0)
    stop = threading.Event()
    writer = threading.Thread(target=lambda: [add_one(store) for _ in iter(stop.is_set, True)])
    writer.start()
    for _ in range(200):
        noted = read_count(path)
        assert noted is not None
        assert counted(path) >= noted
    stop.set()
    writer.join()


def counted(path: Path) -> int:
    with raw(path) as shell:
        shell.execute("PRAGMA busy_timeout = 5000")
        return int(shell.execute("PRAGMA user_version").fetchone()[0])


# Killed at any moment


def live(path: Path, told: Path) -> None:
    """Open, serve, write, and close, again and again; append a byte for each acknowledged commit."""
    descriptor = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    told.with_name(f"begun-{os.getpid()}").touch()
    while True:
        store = SqliteStore(path)
        if random.random() < 0.5:
            store.serve()
        for _ in range(random.randrange(4)):
            add_one(store)
            os.write(descriptor, b".")
        if random.random() < 0.3:
            store.tidy()
        store.close()


def wait_for(file: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while not file.exists():
        assert time.monotonic() < until
        time.sleep(0.001)


def look(path: Path) -> None:
    """Look into the database with another program, which may be the last one to close it."""
    with raw(path) as shell:
        shell.execute("PRAGMA busy_timeout = 5000")
        shell.execute("SELECT value FROM counters").fetchall()


def nothing(_path: Path) -> None:
    return None


def test_kill_at_any_moment_is_never_taken_for_a_loss(path, tmp_path):
    store_with_a_counter(path).close()
    told = tmp_path / "told"
    for number in range(ROUNDS):
        lives = [processes.Process(target=live, args=(path, told)) for _ in range(1 + number % 2)]
        for process in lives:
            process.start()
        for process in lives:
            wait_for(tmp_path / f"begun-{process.pid}")
        time.sleep(random.uniform(0, 0.1))
        for process in lives:
            process.kill()
            process.join()
        random.choice((nothing, look, opened))(path)

        assert opened(path) >= told.stat().st_size if told.exists() else True, f"round {number}"

    assert told.stat().st_size > ROUNDS


def test_a_count_that_is_written_before_the_commit_is_taken_for_a_loss(path, monkeypatch):
    """The twin: whoever dies in between has promised too much."""
    store = store_with_a_counter(path)
    count = read_count(path) or 0

    store._lock.note(count + 1)
    with raw(path):
        pass

    with pytest.raises(UndersignedError, match="incomplete"):
        opened(path)
    store._lock.note(count)
    store.close()
