"""Backups of an SQLite file: whole while others write, refused when damaged, and put in place at once or not at all."""

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.db import sqlite_backup
from server.db.sqlite_backup import SqliteBackups, check_copy, write_copy
from server.db.sqlite_file import DatabaseFile
from server.db.sqlite_store import SqliteStore
from server.errors import Refused, SettingsError
from tests.db.racing import add_one, processes, raw, value

PAGE_BYTES = 4096


def nothing(_rows: int) -> None:
    """Nobody looks at the progress."""


def fill(store: SqliteStore, *, rows: int) -> None:
    with store.write() as tx:
        for number in range(rows):
            tx.run("INSERT INTO counters (name, value) VALUES (:name, 1)", {"name": f"row {number} {'x' * 200}"})


def counted(file: Path) -> int:
    """The counter in a file, as an admin's shell sees it."""
    with raw(file) as db:
        return int(db.execute("SELECT value FROM counters WHERE name = 'n'").fetchone()[0])


@pytest.fixture
def backup(path: Path, store: SqliteStore, tmp_path: Path) -> Path:
    """A backup in which the counter is 1; in the database it is 2 since then."""
    add_one(store)
    fill(store, rows=500)
    SqliteBackups(path).write(tmp_path / "backup.db")
    add_one(store)
    store.close()
    return tmp_path / "backup.db"


def restore(path: Path, backup: Path, *, aside: str | None = "old") -> None:
    with SqliteBackups(path).restored(backup, aside=aside, progress=nothing):
        pass


def test_a_backup_is_one_private_file_with_everything_that_was_committed(path, store, tmp_path):
    add_one(store)

    rows = write_copy(path, tmp_path / "backup.db")

    assert counted(tmp_path / "backup.db") == 1
    assert rows == sum(check_copy(tmp_path / "backup.db").values()) >= 1
    assert (tmp_path / "backup.db").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.glob("backup.db*")] == ["backup.db"]


def test_a_plain_copy_of_the_file_has_lost_what_was_committed(path, store, tmp_path):
    """The twin: the newest rows are in the log beside the file."""
    add_one(store)

    shutil.copyfile(path, tmp_path / "copied.db")

    with raw(tmp_path / "copied.db") as copied:
        assert copied.execute("SELECT value FROM counters").fetchall() in ([], [(0,)])


@pytest.fixture
def writing(store: SqliteStore) -> Iterator[None]:
    """Another thread counts on and on."""
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            add_one(store)

    thread = threading.Thread(target=write)
    thread.start()
    yield
    stop.set()
    thread.join()


def test_a_backup_while_others_write_is_whole_and_keeps_nobody_waiting(path, store, tmp_path, writing):
    fill(store, rows=5000)
    for number in range(5):
        before = value(store)
        write_copy(path, tmp_path / f"{number}.db")
        after = value(store)

        assert before <= counted(tmp_path / f"{number}.db") <= after
        assert after > before, "nobody wrote while the backup was made"


def test_a_copy_that_is_short_of_rows_is_refused(path, store, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_backup, "check_copy", lambda file: {"counters": 0})

    with pytest.raises(Refused, match="same number of rows"):
        write_copy(path, tmp_path / "backup.db")


def damage(file: Path) -> None:
    """Write noise over a page in the middle, as a failing disk does."""
    with file.open("r+b") as pages:
        pages.seek(file.stat().st_size // PAGE_BYTES // 2 * PAGE_BYTES)
        pages.write(os.urandom(PAGE_BYTES))


def cut_off(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def empty(file: Path) -> None:
    os.truncate(file, 0)


def replace_by_text(file: Path) -> None:
    file.write_text("This is a letter.\n" * 1000)


@pytest.mark.parametrize("harm", [damage, cut_off, empty, replace_by_text])
def test_a_damaged_backup_is_refused_and_the_database_stays(path, backup, harm):
    harm(backup)

    with pytest.raises(Refused, match=r"damaged|no database"):
        restore(path, backup)

    assert counted(path) == 2
    assert not list(path.parent.glob("*.restoring*"))


def test_a_damaged_backup_that_nobody_looks_at_is_restored(path, backup, monkeypatch):
    """The twin: SQLite itself copies a damaged page without a word."""
    damage(backup)
    monkeypatch.setattr(sqlite_backup, "check_copy", lambda file: {})
    monkeypatch.setattr(sqlite_backup, "fingerprint", lambda file, progress: {})

    restore(path, backup)

    monkeypatch.undo()
    with pytest.raises(Refused):
        check_copy(path)


def test_a_restored_file_with_other_rows_is_never_put_in_place(path, backup, monkeypatch):
    monkeypatch.setattr(sqlite_backup, "fingerprint", lambda file, progress: {"counters": (1, str(file).encode())})

    with pytest.raises(Refused, match="other rows than the backup"):
        restore(path, backup)

    assert counted(path) == 2


def test_the_restored_database_is_the_backup_and_the_old_one_is_kept_beside_it(path, backup):
    restore(path, backup)

    assert (counted(path), counted(Path(f"{path}.old"))) == (1, 2)
    assert path.stat().st_mode & 0o777 == 0o600


def test_without_a_word_no_database_is_replaced(path, backup):
    with pytest.raises(Refused, match="--replace"):
        restore(path, backup, aside=None)

    assert counted(path) == 2


def test_a_log_that_was_left_behind_is_not_applied_to_the_restored_file(path, backup):
    killed_with_a_log(path)
    path.unlink()

    restore(path, backup)

    assert counted(path) == 1


def test_a_log_that_stays_would_change_the_restored_file(path, backup, monkeypatch):
    """The twin: SQLite finds the log of the old database, and believes it."""
    killed_with_a_log(path)
    path.unlink()
    monkeypatch.setattr(sqlite_backup, "_BESIDE", ())

    restore(path, backup)

    assert counted(path) != 1


def count_and_die(path: Path) -> None:
    add_one(SqliteStore(path))
    os.kill(os.getpid(), signal.SIGKILL)


def killed_with_a_log(path: Path) -> None:
    """Count once more in a process that dies before it empties the log."""
    dies = processes.Process(target=count_and_die, args=(path,))
    dies.start()
    dies.join()
    assert Path(f"{path}-wal").stat().st_size > 0


def test_what_is_only_in_the_log_of_the_old_database_is_kept_with_it(path, backup):
    killed_with_a_log(path)

    restore(path, backup)

    assert (counted(path), counted(Path(f"{path}.old"))) == (1, 3)


def test_a_damaged_database_is_set_aside_as_it_is(path, backup):
    replace_by_text(path)

    restore(path, backup)

    assert counted(path) == 1
    assert Path(f"{path}.old").read_text().startswith("This is a letter.")


# A server on the database.


def test_nothing_is_restored_under_a_running_server(path, backup):
    server = SqliteStore(path)
    server.serve()
    with pytest.raises(Refused, match="a server is running"):
        restore(path, backup)
    server.close()

    restore(path, backup)
    assert counted(path) == 1


def test_nothing_is_restored_under_any_other_program(path, backup):
    with raw(path) as db:
        db.execute("SELECT value FROM counters").fetchall()
        with pytest.raises(Refused, match="another program"):
            restore(path, backup)

    assert counted(path) == 2


def test_a_server_that_nobody_looks_for_would_go_on_with_the_old_file(path, backup, monkeypatch):
    """The twin: it writes into a file that has another name now."""
    monkeypatch.setattr(sqlite_backup, "_merge_wal", lambda place: None)
    monkeypatch.setattr(DatabaseFile, "check", lambda self, newest=None: None)
    server = SqliteStore(path)
    add_one(server)  # it has not called serve()

    restore(path, backup)
    add_one(server)

    assert counted(path) == 1
    assert counted(Path(f"{path}.old")) == 4
    server.close()


def test_no_server_starts_while_a_backup_is_restored(path, backup):
    with (
        SqliteBackups(path).restored(backup, aside="old", progress=nothing),
        pytest.raises(SettingsError, match="is being restored"),
    ):
        SqliteStore(path).serve()


# A crash in the middle.


def die_at(path: Path, backup: Path, step: int) -> None:
    """Restore, and be killed right before the given rename."""
    steps = iter(range(100))
    rename = Path.rename

    def rename_or_die(source: Path, target: Path | str) -> Path:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(source, target)  # type: ignore[arg-type]

    Path.rename = rename_or_die  # type: ignore[method-assign,assignment]
    restore(path, backup)


@pytest.mark.parametrize("step", range(6))
def test_a_crash_leaves_the_old_database_the_new_one_or_none_and_the_next_try_succeeds(path, backup, step):
    killed_with_a_log(path)
    dies = processes.Process(target=die_at, args=(path, backup, step))
    dies.start()
    dies.join()

    assert not path.exists() or counted(path) in (1, 3)
    if not path.exists():
        with pytest.raises(SettingsError, match="there is no database"):
            SqliteStore(path).migrate()
    restore(path, backup, aside="again")
    assert counted(path) == 1
    assert not list(path.parent.glob("*.restoring*"))
