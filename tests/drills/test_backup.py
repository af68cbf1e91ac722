"""Backups while a crowd signs: each one restores with all that was acknowledged before it began, and nobody erased."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from server.cli.context import ENV_FILE, Instance
from server.crypto.links import SignatureRef
from server.db.sqlite_backup import write_copy
from server.services import backups
from server.services.backups import list_backups
from server.services.signers import disown_signature
from server.tables import signatures
from tests.cli.shell import shell, started
from tests.drills.books import faults, keys_in, looking_into
from tests.drills.crowd import Crowd
from tests.drills.real_server import RealInstance, RealServer, make_real_instance, serving
from tests.processes import PATIENCE_S

pytestmark = pytest.mark.sqlite

CROWD = 8


def make_crowded(folder: Path) -> RealInstance:
    """Make an instance of two processes that send their emails into a folder."""
    folder.mkdir(exist_ok=True)
    return make_real_instance(folder / "instance", WEB_CONCURRENCY="2", UNDERSIGNED_THREADS="4")


@pytest.fixture
def instance(tmp_path: Path) -> RealInstance:
    return make_crowded(tmp_path)


@dataclass
class Figures:
    """What the rounds have shown."""

    acknowledged: int = 0
    erased: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    backup_s: list[float] = field(default_factory=list)
    signed_meanwhile: list[int] = field(default_factory=list)


def back_up(instance: RealInstance) -> Path:
    """Run ``undersigned backup`` as cron does, beside the running server."""
    printed = instance.folder / "backup.log"
    with started("--instance", instance.folder, "backup", printed=printed, cwd=instance.folder) as command:
        assert command.wait(4 * PATIENCE_S)
    assert command.process.returncode == 0, command.text
    return list_backups(instance.folder / "backups")[0].file


def disown(instance: RealInstance, key: str) -> None:
    """The owner of a mailbox says that it was not them, after the backup."""
    here = instance.opened.context
    with looking_into(instance.database) as rows:
        [row] = rows(f"SELECT id FROM signatures WHERE name = 'Անի {key}'")
    with here.db.read() as tx:
        ref = SignatureRef(row["id"], signatures.get(tx, row["id"]).nonce)
    disown_signature(here.db, ref, everywhere=False, keys=here.keys, sealer=here.sealer, now=int(time.time()))


def erasures_written(instance: RealInstance) -> Iterator[bool]:
    """Whether the running server has written all erasures into both files."""
    here = instance.opened
    place = here.settings.backups_in()
    while True:
        with looking_into(instance.database) as rows:
            [row] = rows("SELECT count(*) AS n FROM erasures")
        lines = [file.read_text() if file.exists() else "" for file in place.erasure_files]
        yield all(text.count('"signature_id"') == row["n"] for text in lines)


def restore(instance: RealInstance, file: Path, folder: Path) -> str:
    """Restore a backup as a new instance with the same settings, and return the address of its database."""
    folder.mkdir()
    text = (instance.folder / ENV_FILE).read_text()
    database = str(folder / "undersigned.db")
    (folder / ENV_FILE).write_text(text.replace(instance.database, database))
    # An erasure may be in the same second as the backup, which does not make the file of erasures newer.
    restored = shell("--instance", folder, "restore", file, "--accept-unknown-erasures")
    assert restored.exit_code == 0, restored.stderr
    assert "Done: " in restored.stdout
    return database


def one_round(
    instance: RealInstance, tmp_path: Path, number: int, server: RealServer, crowd: Crowd, figures: Figures
) -> None:
    """Back up, erase somebody of the backup, restore it elsewhere, and look into the books."""
    before = set(crowd.told.acknowledged)
    began = time.monotonic()
    file = back_up(instance)
    figures.backup_s.append(time.monotonic() - began)
    figures.signed_meanwhile.append(len(crowd.told.acknowledged) - len(before))
    alive = before - set(figures.erased)
    erased = alive.pop()
    disown(instance, erased)
    figures.erased.append(erased)
    waiting = erasures_written(instance)
    server.wait_for("the file of erasures", lambda: next(waiting))

    database = restore(instance, file, tmp_path / f"restored-{number}")

    assert before - keys_in(database) == set(), f"lost in backup {number}"
    lost = faults(database, acknowledged=alive)
    known = {f"not whole (signatures, addresses, emails): {key} (0, 0, 0)" for key in figures.erased}
    assert [fault for fault in lost if fault not in known and "counts disagree" not in fault] == []
    with looking_into(database) as rows:
        names = {row["name"] for row in rows("SELECT name FROM signatures")}
    figures.back += [key for key in figures.erased if f"Անի {key}" in names]
    for left in (tmp_path / f"restored-{number}").glob("undersigned.db*"):
        left.unlink()


def drill(instance: RealInstance, tmp_path: Path, rounds: int) -> Figures:
    """Back up under load, erase somebody of the backup, restore it elsewhere, and look into the books."""
    figures = Figures()
    with (
        serving(instance) as server,
        Crowd(instance.port, instance.sign_path, instance.form_token(), size=CROWD) as crowd,
    ):
        assert crowd.has_begun.wait(timeout=PATIENCE_S)
        try:
            for number in range(rounds):
                one_round(instance, tmp_path, number, server, crowd, figures)
        finally:  # the crowd signs until the server is gone
            server.kill()
        figures.acknowledged = len(crowd.told.acknowledged)
        assert crowd.told.others == []
    return figures


def test_backups_under_load_restore_with_all_that_was_acknowledged_and_nobody_erased(instance, tmp_path):
    figures = drill(instance, tmp_path, rounds=1)

    assert figures.back == []
    assert min(figures.signed_meanwhile) > 0, "nobody could sign while the backup was made"


@pytest.mark.drill
def test_fifty_backups_under_load_restore_with_all_that_was_acknowledged_and_nobody_erased(tmp_path):
    """Ten instances with five backups each, because each one grows by hundreds of signatures a second."""
    figures = [drill(make_crowded(tmp_path / str(number)), tmp_path / str(number), rounds=5) for number in range(10)]

    erased = sum(len(one.erased) for one in figures)
    back = [key for one in figures for key in one.back]
    meanwhile = min(signed for one in figures for signed in one.signed_meanwhile)
    print(
        f"{sum(len(one.backup_s) for one in figures)} of 50 restored; "
        f"{sum(one.acknowledged for one in figures)} acknowledged, none lost; {erased} erased, {len(back)} back; "
        f"a backup took {max(max(one.backup_s) for one in figures):.1f} s at most, with its process; "
        f"at least {meanwhile} signed while one was made"
    )
    assert back == []
    assert meanwhile > 0


def test_where_erasures_are_not_applied_again_the_drill_finds_who_is_back(instance, tmp_path, monkeypatch):
    """The twin: the same drill, and a restore that forgets them."""
    monkeypatch.setattr(backups, "reapply", lambda db, records, keys, sealer: 0)

    figures = drill(instance, tmp_path, rounds=1)

    assert figures.back == figures.erased


@pytest.mark.drill
def test_a_large_database_is_backed_up_and_restored(tmp_path):
    """A million rows like signatures, to see how long that takes; the promise is fifteen minutes."""
    instance = make_real_instance(tmp_path / "instance")
    db = instance.opened.context.db
    with db.write() as tx:
        tx.run(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)"
            " INSERT INTO signatures (statement_id, text_id, nonce, kind, name, city, locale, visibility, name_key,"
            " email_key, key_version, signed_at, changed_at, confirmed_at, list_number, mailbox_seat)"
            " SELECT 1, 1, randomblob(16), 'individual', 'Անի ' || hex(randomblob(8)), 'Gyumri', 'hy', 'name',"
            " hex(randomblob(8)), randomblob(32), 1, 1790000000 + i, 1790000000 + i,"
            " 1790000000 + i, 1000000 + i, 1 FROM n",
            {},
        )
    db.tidy()
    db.close()
    began = time.monotonic()
    write_copy(Path(instance.database), tmp_path / "undersigned-2026-11-30T000000Z.db")
    backed_up = time.monotonic()
    folder = tmp_path / "restored"
    folder.mkdir()
    text = (instance.folder / ENV_FILE).read_text()
    (folder / ENV_FILE).write_text(text.replace(instance.database, str(folder / "undersigned.db")))
    file = tmp_path / "undersigned-2026-11-30T000000Z.db"
    restored = shell("--instance", folder, "restore", file, "--accept-unknown-erasures")
    ended = time.monotonic()

    print(
        f"{file.stat().st_size / 1e6:.0f} MB: backup {backed_up - began:.1f} s, restore {ended - backed_up:.1f} s\n"
        f"{restored.stdout}"
    )
    assert restored.exit_code == 0
    assert ended - backed_up < 15 * 60
    Instance(str(folder)).context.db.close()
