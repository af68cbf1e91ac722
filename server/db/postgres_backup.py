"""Backups of a PostgreSQL database with pg_dump and pg_restore: checked, compared, and served only when complete."""

import errno
import hashlib
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from server.db import UNFINISHED_RESTORE, Fingerprints
from server.db.postgres import CREATE_MIGRATIONS_TABLE, LIST_TABLES, PostgresStore, first_line
from server.errors import Refused, Unavailable

BATCH = 10_000  # rows between two reports of progress
CLIENTS_WAIT_S = 3.0
_MIGRATIONS_TABLE = "applied_steps"
_COPY = re.compile(rb"COPY public\.(\w+) \(")
# Parts of a dump that are there already, or are made at the end: a server does not start before that.
_LEFT_OUT = re.compile(rf" public {_MIGRATIONS_TABLE} | SCHEMA - public | COMMENT - SCHEMA public ")
_NO_EXTENSION = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.UndefinedFile,
    psycopg.errors.FeatureNotSupported,
)
_BUSY = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'undersigned'
"""

# Reading a dump: pg_restore prints it as SQL, with the rows of each table in COPY's text format.


def _run(program: str, *arguments: str, url: str | None = None) -> str:
    """Run a program of PostgreSQL and return its output; raises ``Refused``, or ``OSError`` if the disk is full."""
    command, environment = _command(program, *arguments, url=url), _environment(url)
    done = subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603 - our own arguments
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        if "No space left" in said:
            raise OSError(errno.ENOSPC, "No space left on device")
        raise Refused(f"{program} failed: {said.splitlines()[0] if said else done.returncode}")
    return done.stdout.decode(errors="replace")


def _command(program: str, *arguments: str, url: str | None) -> list[str]:
    found = shutil.which(program)
    if found is None:
        raise Refused(f"{program} is missing: install PostgreSQL's client programs (Debian: postgresql-client)")
    # The password is in the environment, because everybody can see the arguments of a process.
    parts: dict[str, Any] = conninfo_to_dict(url) if url else {}
    parts.pop("password", None)
    where = ["--dbname", make_conninfo(**parts)] if url else []
    return [found, *where, *arguments]


def _environment(url: str | None) -> dict[str, str]:
    password = conninfo_to_dict(url).get("password") if url else None
    return {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}


def _read_dump(file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the table and the text of each row in a dump; raises ``Refused`` if it is damaged."""
    command = _command("pg_restore", "--data-only", "--file=-", str(file), url=None)
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as reader,  # noqa: S603 - our own arguments
    ):
        table = ""
        for line in reader.stdout or ():
            if table and line == b"\\.\n":
                table = ""
            elif table:
                yield table, line
            elif found := _COPY.match(line):
                table = found[1].decode()
        reader.wait()
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip()
    if reader.returncode:
        raise Refused(f"{file} is damaged, or no backup: {said.splitlines()[0] if said else reader.returncode}")


class _Sum:
    """The fingerprint of a table: rows may come in any order, as PostgreSQL does not keep one."""

    def __init__(self) -> None:
        self.rows, self._total = 0, 0

    def add(self, row: bytes) -> None:
        self.rows += 1
        self._total += int.from_bytes(hashlib.sha256(row).digest())

    @property
    def result(self) -> tuple[int, bytes]:
        return self.rows, (self._total % 2**256).to_bytes(32)


class PostgresBackups:
    """See ``server.db.Backups``."""

    suffix = ".dump"

    def __init__(self, url: str) -> None:
        self._url = url

    def write(self, target: Path) -> int:
        """Dump one snapshot with pg_dump, read the dump again, and compare the number of rows of each table."""
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with self._connected() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = str(_value(connection, "SELECT pg_export_snapshot()"))
            _check_version(connection)
            options = ("--format=custom", "--schema=public", "--no-owner", "--no-privileges")
            _run("pg_dump", *options, f"--snapshot={snapshot}", f"--file={target}", url=self._url)
            counts = {
                name: int(_value(connection, _about("SELECT count(*) FROM {}", name))) for name in _tables(connection)
            }
        found = {name: rows for name, (rows, _) in self.fingerprint(target, progress=lambda _: None).items()}
        if found != {name: rows for name, rows in counts.items() if rows}:
            raise Refused("the dump does not have the same number of rows as the database")
        return sum(counts.values())

    def fingerprint(self, file: Path, *, progress: Callable[[int], object]) -> Fingerprints:
        """Return the number of rows of each table of a dump that has rows, and a sum over their hashes."""
        return _fingerprint(((name, row) for name, row in _read_dump(file) if name != _MIGRATIONS_TABLE), progress)

    @contextmanager
    def restored(self, file: Path, *, aside: str | None, progress: Callable[[int], object]) -> Iterator[PostgresStore]:
        """Yield a store with the records of a dump.

        Former tables stay in the same database, in a schema of that name. Until the block ends, the database lacks its
        table of migrations, or has one of a newer version in it, so that no server starts.
        """
        expected = self.fingerprint(file, progress=progress)
        with self._connected() as connection:
            _refuse_clients(connection)
            if _value(connection, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"):
                if aside is None:
                    raise Refused("there are tables in this database; with --replace they are kept in another schema")
                connection.execute(_about("ALTER SCHEMA public RENAME TO {}", aside))
                connection.execute("CREATE SCHEMA public")
            self._load(file, has_trigrams=_add_trigrams(connection, aside))
            if _fingerprint(_read_tables(connection), progress) != expected:
                raise Refused("the restored tables have other rows than the backup")
            _mark_unfinished(
                connection,
                [row.split(b"\t")[0].decode() for name, row in _read_dump(file) if name == _MIGRATIONS_TABLE],
            )
            store = PostgresStore(self._url, restoring=True)
            try:
                yield store
            finally:
                store.close()
            connection.execute("DELETE FROM applied_steps WHERE name = %s", [UNFINISHED_RESTORE])

    def _load(self, file: Path, *, has_trigrams: bool) -> None:
        """Load a dump in one transaction, without the table of migrations; the index by letters needs trigrams."""
        left_out = _LEFT_OUT if has_trigrams else re.compile(rf"{_LEFT_OUT.pattern}| INDEX public by_letters ")
        with tempfile.NamedTemporaryFile("w", suffix=".list") as wanted:
            listed = _run("pg_restore", "--list", str(file)).splitlines()
            wanted.writelines(f"{line}\n" for line in listed if not left_out.search(f"{line} "))
            wanted.flush()
            options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
            _run("pg_restore", *options, f"--use-list={wanted.name}", str(file), url=self._url)

    def find_aside(self, aside: str) -> str | None:
        """Return the name of the schema with the former tables, if there were any."""
        with self._connected() as connection:
            found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [aside]).fetchone()
        return f"in the schema {aside}" if found else None

    @contextmanager
    def elsewhere(self, beside: Path) -> Iterator["PostgresBackups"]:  # noqa: ARG002 - only SQLite uses it
        """Yield an empty database on the same server."""
        name = f"undersigned_drill_{secrets.token_hex(6)}"
        with self._connected() as connection:
            try:
                connection.execute(_about("CREATE DATABASE {}", name))
            except psycopg.errors.InsufficientPrivilege as refusal:
                raise Refused("a restore cannot be tried here: this role may not create databases") from refusal
            try:
                yield PostgresBackups(make_conninfo(self._url, dbname=name))
            finally:
                connection.execute(_about("DROP DATABASE {} WITH (FORCE)", name))

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            with psycopg.connect(self._url, autocommit=True, application_name="undersigned-backup") as connection:
                yield connection
        except psycopg.errors.InsufficientPrivilege as refusal:
            raise Refused(f"this role may not do that: {first_line(refusal)}") from refusal
        except psycopg.OperationalError as refusal:
            raise Unavailable(first_line(refusal)) from refusal


def _value(connection: psycopg.Connection[Any], query: Any) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _check_version(connection: psycopg.Connection[Any]) -> None:
    """Raise ``Refused`` if pg_dump is too old to read this server."""
    ours = int((re.search(r"\d+", _run("pg_dump", "--version")) or ["0"])[0])
    theirs = connection.info.server_version // 10_000
    if ours < theirs:
        raise Refused(f"pg_dump is version {ours}, older than the server: install version {theirs} or later")


def _about(query: str, name: str) -> sql.Composed:
    return sql.SQL(query).format(sql.Identifier(name))


def _tables(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    return {name: columns for name, columns, _ in connection.execute(LIST_TABLES).fetchall()}


def _read_tables(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, bytes]]:
    """Yield the table and the text of each row in the database, in the format of a dump."""
    for name, columns in _tables(connection).items():
        query = sql.SQL("COPY {} ({}) TO STDOUT").format(
            sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        rest = b""
        with connection.cursor().copy(query) as copy:
            for data in copy:
                *rows, rest = (rest + bytes(data)).split(b"\n")
                yield from ((name, row + b"\n") for row in rows)


def _fingerprint(rows: Iterator[tuple[str, bytes]], progress: Callable[[int], object]) -> Fingerprints:
    sums: dict[str, _Sum] = {}
    for number, (name, row) in enumerate(rows, 1):
        sums.setdefault(name, _Sum()).add(row)
        if number % BATCH == 0:
            progress(BATCH)
    return {name: found.result for name, found in sums.items()}


def _add_trigrams(connection: psycopg.Connection[Any], aside: str | None) -> bool:
    """Return whether the extension for searches is there now; without it, searches read every line."""
    place = "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pg_trgm'"
    try:
        if aside is not None and (_value(connection, place) or "").strip('"') == aside:
            connection.execute("ALTER EXTENSION pg_trgm SET SCHEMA public")
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except _NO_EXTENSION:
        return False
    return True


def _refuse_clients(connection: psycopg.Connection[Any]) -> None:
    """Raise ``Refused`` if a server or a command is connected to this database, for longer than a moment."""
    until = time.monotonic() + CLIENTS_WAIT_S
    while _value(connection, _BUSY):
        if time.monotonic() > until:
            raise Refused("a server is running with this database; stop it first")
        time.sleep(0.1)


def _mark_unfinished(connection: psycopg.Connection[Any], migrations: list[str]) -> None:
    with connection.transaction():
        connection.execute(CREATE_MIGRATIONS_TABLE)
        for name in [*migrations, UNFINISHED_RESTORE]:
            connection.execute("INSERT INTO applied_steps (name) VALUES (%s)", [name])
