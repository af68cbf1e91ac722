"""The folder of backups: names, rotation, the night, a full disk; and restoring with what was erased since."""

import os
import resource
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from server.db import sqlite_backup
from server.errors import Refused
from server.services import backups
from server.services.backups import (
    NIGHT_S,
    BackupPlace,
    Restored,
    is_backup_due,
    list_backups,
    make_backup,
    make_nightly_backup,
    restore_backup,
    write_erasures,
)
from server.services.erasures import read_log
from server.services.invitations import stop_invitations
from server.services.moderation import remove_signature
from server.services.scheduled import anonymise_signatures
from server.services.signers import (
    change_signature,
    disown_signature,
    erase_signature,
    unsubscribe_signer,
    withdraw_signature,
)
from server.services.statements import close_statement
from tests.inviting import invite
from tests.scene import CONSENT, Scene

pytestmark = pytest.mark.sqlite

NAME = "Qanahit Findable"
DAY_S = 24 * 3600


@pytest.fixture
def place(context) -> BackupPlace:
    return context.settings.backups_in()


@pytest.fixture
def restore(scene, place) -> Callable[..., Restored]:
    """Restore a file, the newest backup if none is named, a day after now."""

    def run(file: Path | None = None, *, accept_unknown: bool = False) -> Restored:
        scene.db.close()
        here = scene.context
        return restore_backup(
            place,
            file or list_backups(place.folder)[0].file,
            replace=True,
            accept_unknown=accept_unknown,
            keys=here.keys,
            sealer=here.sealer,
            progress=lambda rows: None,
            now=scene.clock() + DAY_S,
        )

    return run


def nothing(_rows: int) -> None:
    """Nobody looks at the progress."""


# The folder.


def test_a_backup_is_named_by_its_time_and_only_the_newest_are_kept(scene, place, clock):
    place = replace(place, keep=3)
    for _ in range(5):
        made, rows = make_backup(scene.db, place, now=clock())
        assert rows > 0
        clock.forward(seconds=DAY_S)

    kept = list_backups(place.folder)
    assert [backup.made_at for backup in kept] == [clock() - days * DAY_S for days in (1, 2, 3)]
    assert kept[0] == made
    assert made.file.name.endswith("Z.db")


def test_a_file_of_somebody_else_is_never_deleted(scene, place, clock):
    place.folder.mkdir()
    (place.folder / "undersigned-of-my-own.db").write_text("")

    for _ in range(2):
        make_backup(scene.db, replace(place, keep=1), now=clock())

    assert (place.folder / "undersigned-of-my-own.db").exists()
    assert len(list_backups(place.folder)) == 1


def test_backups_of_the_same_moment_do_not_hurt_each_other(scene, place, clock):
    together = threading.Barrier(4)
    failures: list[BaseException] = []

    def make() -> None:
        together.wait()
        try:
            make_backup(scene.db, place, now=clock())
        except BaseException as failure:  # noqa: BLE001 - whatever it is, the test wants to see it
            failures.append(failure)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(list_backups(place.folder)) == 4


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Let no file grow beyond 100 kB, as on a disk that is nearly full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_on_a_full_disk_a_sentence_says_so_and_nothing_half_written_is_left(scene, place, clock, request):
    earlier, _ = make_backup(scene.db, place, now=clock())
    request.getfixturevalue("full_disk")

    with pytest.raises(Refused, match=r"no backup was made in .*: the disk is full"):
        make_backup(scene.db, replace(place, keep=1), now=clock() + DAY_S)

    assert list_backups(place.folder) == [earlier]
    assert sorted(file.name for file in place.folder.iterdir() if file.suffix not in (".db", ".jsonl")) == [
        ".undersigned-backup.lock"
    ]


def test_a_backup_that_would_fill_the_disk_is_not_begun(scene, place, clock, monkeypatch):
    monkeypatch.setattr(sqlite_backup, "RESERVE_BYTES", 10**18)

    with pytest.raises(Refused, match=r"no backup was made in .*: the disk is full"):
        make_backup(scene.db, place, now=clock())

    assert list_backups(place.folder) == []


def test_what_a_killed_backup_left_is_deleted_by_the_next_one(scene, place, clock):
    place.folder.mkdir()
    (place.folder / ".0123.part").write_text("half a database")
    (place.folder / ".0123.part-journal").write_text("")

    make_backup(scene.db, place, now=clock())

    assert list(place.folder.glob(".*part*")) == []


# The night.


def at_midnight(clock: Callable[[], int]) -> int:
    return clock() // DAY_S * DAY_S


def test_one_backup_is_made_each_night_however_many_processes_try(scene, place, clock):
    midnight = at_midnight(clock)
    hours = [midnight + hour * 3600 for hour in range(72)]

    made = [backup for hour in hours for _ in range(3) if (backup := make_nightly_backup(scene.db, place, now=hour))]

    # The first one is made at once: there was none.
    assert [backup.made_at - midnight for backup in made] == [0, NIGHT_S, DAY_S + NIGHT_S, 2 * DAY_S + NIGHT_S]


def test_while_a_backup_is_written_another_process_does_not_wait_for_it(scene, place, clock):
    with backups._writing(place.folder, wait=True):
        assert make_nightly_backup(scene.db, place, now=clock()) is None

    assert is_backup_due(place.folder, now=clock())


# Restoring: what was erased since the backup does not come back.


def by_erasing(scene: Scene) -> Callable[[], object]:
    ref = scene.ref(scene.signed(name=NAME))
    return lambda: erase_signature(scene.db, ref, now=scene.clock())


def by_erasing_what_was_unconfirmed_then(scene: Scene) -> Callable[[], object]:
    signature_id = scene.sign(name=NAME)

    def erase() -> None:
        scene.confirm(signature_id)
        erase_signature(scene.db, scene.ref(signature_id), now=scene.clock())

    return erase


def by_disowning(scene: Scene) -> Callable[[], object]:
    here, ref = scene.context, scene.ref(scene.sign(name=NAME))
    return lambda: disown_signature(
        scene.db, ref, everywhere=False, keys=here.keys, sealer=here.sealer, now=scene.clock()
    )


def by_the_end_of_its_time(scene: Scene) -> Callable[[], object]:
    scene.signed(name=NAME)

    def anonymise() -> None:
        scene.run("UPDATE statements SET anonymise_after_days = 1")
        close_statement(scene.db, "open-rivers", actor="kate", now=scene.clock())
        anonymise_signatures(scene.db, now=scene.clock() + DAY_S)

    return anonymise


def by_stopping_invitations(scene: Scene) -> Callable[[], object]:
    invite(scene, ("individual", NAME, "ani@hills.example"))
    return lambda: stop_invitations(scene.db, "open-rivers", actor="kate", now=scene.clock())


ERASING = [
    by_erasing,
    by_erasing_what_was_unconfirmed_then,
    by_disowning,
    by_stopping_invitations,
    by_the_end_of_its_time,
]


def stands(folder: Path) -> bool:
    """Whether the name is in a file of the instance; backups and the former database do not count."""
    files = [file for file in folder.iterdir() if file.is_file() and "replaced" not in file.name]
    return any(NAME.encode() in file.read_bytes() for file in files)


@pytest.mark.parametrize("erasing", ERASING)
def test_what_was_erased_since_a_backup_is_in_no_file_after_restoring_it(scene, place, restore, tmp_path, erasing):
    erase = erasing(scene)
    scene.signed(name="Aram", email="aram@rivers.example")
    make_backup(scene.db, place, now=scene.clock())
    scene.clock.forward(seconds=60)
    erase()

    restored = restore()

    assert restored.erased_again >= 1
    assert not stands(tmp_path)
    assert scene.rows("SELECT count(*) AS n FROM signatures WHERE name_key = 'aram'") == [
        {"n": 0 if erasing is by_the_end_of_its_time else 1}
    ]
    scene.counts()


@pytest.mark.parametrize("erasing", ERASING)
def test_without_the_records_of_erasures_it_would_be_back(scene, place, restore, tmp_path, erasing, monkeypatch):
    """The twin: the same backup, where nobody reads what was erased."""
    erase = erasing(scene)
    make_backup(scene.db, place, now=scene.clock())
    scene.clock.forward(seconds=60)
    erase()
    monkeypatch.setattr(backups, "reapply", lambda db, records, keys, sealer: 0)

    restore()

    assert stands(tmp_path)


def test_the_stop_to_emails_of_who_did_not_sign_is_back_too(scene, place, restore):
    here, signature_id = scene.context, scene.sign()
    make_backup(scene.db, place, now=scene.clock())
    scene.clock.forward(seconds=60)
    ref = scene.ref(signature_id)
    disown_signature(scene.db, ref, everywhere=True, keys=here.keys, sealer=here.sealer, now=scene.clock())
    stopped = scene.rows("SELECT mail_key, statement_id FROM suppressions ORDER BY statement_id")

    restore()

    assert scene.rows("SELECT mail_key, statement_id FROM suppressions ORDER BY statement_id") == stopped
    assert len(stopped) == 2
    assert scene.states() == []


def test_withdrawn_removed_and_hidden_signatures_stay_so(scene, place, restore):
    withdrawn, removed, hidden, unconfirmed = (
        scene.signed(name=name, email=f"{name}@rivers.example") for name in ("Ani", "Aram", "Nino", "Maro")
    )
    make_backup(scene.db, place, now=scene.clock())
    scene.clock.forward(seconds=60)
    now = scene.clock()
    withdraw_signature(scene.db, scene.ref(withdrawn), shown=True, now=now)
    remove_signature(scene.db, "open-rivers", removed, actor="kate", reason="spam", now=now)
    change_signature(scene.db, scene.ref(hidden), {"visibility": "counted"}, consent=CONSENT, now=now)

    assert restore().erased_again == 3

    assert scene.listed() == ["Maro"]
    assert scene.states() == ["withdrawn", "removed", "confirmed", "confirmed"]
    assert scene.get(unconfirmed).state == "confirmed"
    assert scene.counts() == (2, 0, 0)


def test_who_unsubscribed_gets_no_news_after_a_restore(scene, place, restore):
    signature_id = scene.signed(newsletter=True)
    make_backup(scene.db, place, now=scene.clock())
    scene.clock.forward(seconds=60)
    unsubscribe_signer(scene.db, scene.ref(signature_id), now=scene.clock())

    restore()

    assert scene.rows("SELECT signature_id FROM contacts") == []
    assert scene.rows("SELECT newsletter FROM signatures") == [{"newsletter": 0}]


def test_a_signature_that_got_the_id_of_an_erased_one_after_a_restore_is_left_alone(scene, place, restore, tmp_path):
    before, _ = make_backup(scene.db, place, now=scene.clock())
    scene.clock.forward(seconds=60)
    lost = scene.signed(name=NAME)
    erase_signature(scene.db, scene.ref(lost), now=scene.clock())
    write_erasures(scene.db, place)
    restore(before.file)
    scene.clock.forward(seconds=2 * DAY_S)
    later = scene.signed(name="Aram")
    assert later == lost
    # The database forgets its own records, as one does that was restored with an older file of them.
    scene.run("DELETE FROM erasures")
    make_backup(scene.db, place, now=scene.clock())
    scene.clock.forward(seconds=60)

    restore()

    assert scene.get(later).name == "Aram"


# The file of erasures.


def test_the_files_name_no_person_and_are_whole_beside_the_database_and_in_the_folder(scene, place, restore):
    make_backup(scene.db, place, now=scene.clock())
    by_disowning(scene)()
    by_erasing(scene)()
    write_erasures(scene.db, place)
    write_erasures(scene.db, place)

    logs = [read_log(file, place.instance) for file in place.erasure_files]

    assert [[record.kind for record in log.records] for log in logs] == [["disowned", "erased"]] * 2
    for file in place.erasure_files:
        assert not any(word in file.read_text() for word in (NAME, "ani@", "rivers.example"))
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_off_by_a_crash_is_written_again(scene, place):
    by_erasing(scene)()
    write_erasures(scene.db, place)
    file = place.erasure_files[0]
    whole = file.read_bytes()
    file.write_bytes(whole[:-9])

    write_erasures(scene.db, place)

    log = read_log(file, place.instance)
    assert [record.kind for record in log.records] == ["erased"]


def test_after_quiet_weeks_nothing_is_written_twice(scene, place):
    by_erasing(scene)()
    for hour in range(500):
        write_erasures(scene.db, place, known_until=scene.clock() + hour)

    log = read_log(place.erasure_files[0], place.instance)

    assert [record.kind for record in log.records] == ["erased"]
    assert log.known_until == scene.clock() + 499


def test_after_a_restore_the_files_go_on_where_they_are(scene, place, restore):
    signed = [scene.signed(name=f"Ani {word}", email=f"{word}@rivers.example") for word in ("a", "b", "c", "d")]
    make_backup(scene.db, place, now=scene.clock())
    for signature_id in signed[:3]:
        scene.clock.forward(seconds=60)
        erase_signature(scene.db, scene.ref(signature_id), now=scene.clock())
    restore()
    scene.clock.forward(seconds=2 * DAY_S)
    erase_signature(scene.db, scene.ref(signed[3]), now=scene.clock())

    write_erasures(scene.db, place)

    for file in place.erasure_files:
        assert [record.signature_id for record in read_log(file, place.instance).records] == signed


def test_erasures_of_another_instance_are_refused(scene, place, restore):
    make_backup(scene.db, replace(place, instance="of somebody else"), now=scene.clock())

    with pytest.raises(Refused, match="another instance"):
        restore(accept_unknown=True)


def test_where_nothing_is_known_about_later_erasures_nothing_is_restored_before_somebody_accepts_it(
    scene, place, restore, tmp_path
):
    made, _ = make_backup(scene.db, place, now=scene.clock())
    erase = by_erasing(scene)
    erase()
    scene.db.close()
    for lost in tmp_path.glob("undersigned.db*"):
        lost.unlink()

    with pytest.raises(Refused, match=r"nothing is known about erasures after .*--accept-unknown-erasures"):
        restore()
    assert not (tmp_path / "undersigned.db").exists()

    assert restore(accept_unknown=True).known_until == made.made_at


def test_a_newer_mark_in_the_folder_says_until_when_erasures_are_known(scene, place, restore, tmp_path):
    make_backup(scene.db, place, now=scene.clock())
    write_erasures(scene.db, place, known_until=scene.clock() + 3600)
    scene.db.close()
    for lost in tmp_path.glob("undersigned.db*"):
        lost.unlink()

    assert restore().known_until == scene.clock() + 3600


def test_what_had_expired_by_the_time_of_the_restore_does_not_come_back(scene, place, restore, mails):
    scene.sign(name=NAME)
    mails.deliver()
    made, _ = make_backup(scene.db, place, now=scene.clock())
    scene.clock.forward(seconds=15 * DAY_S)

    restore(made.file)

    assert scene.states() == []


def test_a_file_with_a_name_of_its_own_is_as_old_as_its_last_change(tmp_path):
    file = tmp_path / "copied by hand.db"
    file.write_bytes(b"")
    os.utime(file, (1_800_000_000, 1_800_000_000))

    assert backups.moment_of(file) == 1_800_000_000
