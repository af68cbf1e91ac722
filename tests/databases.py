"""The databases of the suite: SQLite files, or a PostgreSQL of its own from Debian's package."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Collection
from itertools import count
from pathlib import Path

import psycopg
import pytest

from server.db.engines import open_store
from tests.processes import free_port

PROGRAMS = Path("/usr/lib/postgresql")
SUPERUSER = "undersigned"
PATIENCE_S = 20.0
# Nothing here outlives the session, and a test of races does not wait a second for each deadlock.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "deadlock_timeout=20ms")
TEMPLATE = "template_of_tests"
# DELETE, since TRUNCATE makes new files for every table and index: it takes three times as long for a few rows.
EMPTY_ALL = """
DO $$ DECLARE name text; BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'applied_steps' LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP;
  PERFORM setval(format('%I', sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE schemaname = 'public';
END $$
"""
NAMES = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace"


class Cluster:
    """A PostgreSQL on a free loopback port in a temporary folder; root lends it to the user of Debian's package."""

    def __init__(self, programs: Path, *settings: str) -> None:
        self._programs = programs
        self._settings = settings
        self._folder = Path(tempfile.mkdtemp(prefix="undersigned-postgres-"))
        self._user = "postgres" if os.getuid() == 0 else None
        if self._user:
            shutil.chown(self._folder, self._user)
        self.port = free_port()
        self._run("initdb", "-D", "data", "-A", "trust", "-U", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8", "-N")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(command, cwd=self._folder, user=self._user, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        wanted = (f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *self._settings)
        switches = [part for setting in wanted for part in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", "data", *switches],
                cwd=self._folder,
                user=self._user,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < until, (self._folder / "log").read_text()
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run statements that stand in no transaction, such as CREATE DATABASE; returns the rows of the last."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def stop_at_once(self) -> None:
        """End it as a power cut would: it does not even say so to its own files."""
        self._run("pg_ctl", "stop", "-D", "data", "-m", "immediate")
        self._process.wait()

    def close(self) -> None:
        if self._process.poll() is None:
            self.stop_at_once()
        shutil.rmtree(self._folder)


def programs() -> Path:
    """Where the newest PostgreSQL of Debian's package is; skips, or where nothing may be skipped, fails."""
    found = sorted(PROGRAMS.glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if not found:
        reason = "PostgreSQL is missing: apt-get install postgresql"
        if os.environ.get("REQUIRE_ALL_TESTS"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return found[-1]


class Databases:
    """Hands out fresh databases with today's tables, one for each folder that asks, and takes them back."""

    def __init__(self) -> None:
        self.on_postgres = False
        self._cluster: Cluster | None = None
        self._names: dict[Path, str] = {}
        self._empty: list[str] = []
        self._whole: list[tuple[object, ...]] = []
        self._numbers = count()
        self._file: Path | None = None

    def make(self, folder: Path) -> None:
        """Make the database of an instance in ``folder``. On SQLite it is a copy: each test needs one, tables cost."""
        if self.on_postgres:
            self.postgres(folder)
            return
        if self._file is None:
            self._file = Path(tempfile.mkdtemp(prefix="undersigned-sqlite-")) / "undersigned.db"
            store = open_store(str(self._file))
            store.migrate(create=True)
            store.close()
        shutil.copyfile(self._file, self.address(folder))

    def address(self, folder: Path) -> str:
        """Return the address of the database of an instance in ``folder``."""
        return self.postgres(folder) if self.on_postgres else str(folder / "undersigned.db")

    def settings(self, folder: Path) -> dict[str, str]:
        """Return the settings by which that instance keeps its records there, and its hits in a file in any case."""
        limits = {"UNDERSIGNED_LIMIT_STORAGE": f"sqlite:///{folder / 'limits'}"} if self.on_postgres else {}
        return {"UNDERSIGNED_DATABASE": self.address(folder), **limits}

    def postgres(self, folder: Path) -> str:
        """Return the address of a PostgreSQL database, whatever the suite runs on."""
        cluster = self._started()
        if folder not in self._names:
            self._names[folder] = self._empty.pop() if self._empty else self._made(cluster)
        return cluster.url(self._names[folder])

    def _started(self) -> Cluster:
        if self._cluster is None:
            self._cluster = Cluster(programs(), *QUICK)
            self._cluster.start()
            self._cluster.execute(f"CREATE DATABASE {TEMPLATE}")
            store = open_store(self._cluster.url(TEMPLATE))
            store.migrate(create=True)
            store.close()
            self._whole = self._cluster.execute(NAMES, database=TEMPLATE)
        return self._cluster

    def _made(self, cluster: Cluster) -> str:
        name = f"test_{next(self._numbers)}"
        cluster.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return name

    def all_bytes(self, folder: Path) -> bytes:
        """Return every byte that an instance keeps: its files, or what all columns of all tables hold."""
        if not self.on_postgres:
            return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
        with psycopg.connect(self.postgres(folder)) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            rows = [row for (table,) in tables for row in connection.execute(f"SELECT * FROM {table}".encode())]
        return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)

    def without_tables(self) -> str:
        """Return the address of a PostgreSQL database in which nothing was made yet; it is nobody else's."""
        name = f"test_{next(self._numbers)}"
        self._started().execute(f"CREATE DATABASE {name}")
        return self._started().url(name)

    def in_use(self) -> set[Path]:
        """Return the folders whose databases are handed out."""
        return set(self._names)

    def take_back(self, *, but: Collection[Path] = ()) -> None:
        """Empty the databases of a test that is over, for the next one; a test that broke the tables keeps its own."""
        for folder in self.in_use().difference(but):
            name = self._names.pop(folder)
            if self._started().execute(EMPTY_ALL, NAMES, database=name) == self._whole:
                self._empty.append(name)

    def close(self) -> None:
        if self._cluster is not None:
            self._cluster.close()
        if self._file is not None:
            shutil.rmtree(self._file.parent)


databases = Databases()
