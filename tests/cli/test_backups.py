"""Backups from the shell: one line for cron, a restore that says what it did, the way back from an update."""

import re
import time
from pathlib import Path

import pytest

from server.db import migration_scripts
from server.db.sqlite_store import SqliteStore
from server.services.backups import list_backups
from server.services.signers import erase_signature
from tests.cli.shell import shell, started
from tests.db.racing import raw
from tests.drills.real_server import make_real_instance, serving

pytestmark = pytest.mark.sqlite

DAY_S = 24 * 3600


def named(folder: Path, *, days_ago: float) -> Path:
    """The name of a backup that was made so long ago."""
    stamp = time.strftime("%Y-%m-%dT%H%M%SZ", time.gmtime(time.time() - days_ago * DAY_S))
    return folder / f"undersigned-{stamp}.db"


def test_a_backup_is_one_line_and_can_be_restored_into_an_empty_folder(undersigned, scene, mails, letters, tmp_path):
    scene.signed(name="Ani")
    mails.deliver()
    moved = tmp_path / "moved"
    (moved / "backups").mkdir(parents=True)

    made = undersigned("backup", moved / "backups")

    assert made.exit_code == 0
    assert re.fullmatch(r"\S+/moved/backups/undersigned-\S+Z\.db: \d+ rows, \d+\.\d MB, checked\n", made.stdout)
    settings = (letters / "undersigned.env").read_text().replace(str(letters), str(moved))
    (moved / "undersigned.env").write_text(settings)
    file = list_backups(moved / "backups")[0].file

    refused = shell("--instance", moved, "restore", file)
    restored = shell("--instance", moved, "restore", file, "--accept-unknown-erasures")

    assert (refused.exit_code, restored.exit_code) == (1, 0)
    assert "nothing is known about erasures after" in refused.stderr
    assert re.fullmatch(
        r"Erased again: 0\. Erasures are known until \S+ \S+ UTC\.\n"
        r"Done: \d+ rows, the same as in the backup of \S+ \S+ UTC\.\n",
        restored.stdout,
    )
    assert "all is well" in shell("--instance", moved, "check").stdout


def test_a_restore_over_a_database_keeps_it_and_erases_again_who_had_erased_themselves(undersigned, scene, letters):
    erased = scene.signed(name="Ani")
    assert undersigned("backup").exit_code == 0
    erase_signature(scene.db, scene.ref(erased), now=int(time.time()))
    scene.db.close()
    file = list_backups(letters / "backups")[0].file

    assert "--replace" in undersigned("restore", file).stderr
    restored = undersigned("restore", file, "--replace")

    assert restored.exit_code == 0
    assert restored.stdout.startswith("Erased again: 1. Erasures are known until ")
    former = re.search(r"The former database is (\S+)\. Delete it soon", restored.stdout)
    assert former
    assert Path(former[1]).exists()
    assert scene.rows("SELECT name FROM signatures") == [{"name": None}]


def test_the_drill_says_that_all_rows_are_the_same_and_how_old_the_newest_backup_is(undersigned, scene, letters):
    scene.signed()

    without = undersigned("drill")
    undersigned("backup")
    drilled = undersigned("drill")

    assert (without.exit_code, drilled.exit_code) == (1, 0)
    assert "there is no backup in" in without.stderr
    assert re.search(r"restored elsewhere and compared: \d+ rows, the same, in \d", drilled.stdout)
    assert re.search(r"The newest backup is \d+\.\d MB, 0 hours old: \S+\.db\n$", drilled.stdout)
    assert len(list((letters / "backups").iterdir())) == 3  # the backup, the erasures, the lock


def test_a_server_that_runs_is_not_restored_under_and_signs_on(tmp_path):
    instance = make_real_instance(tmp_path / "letters")
    folder = instance.folder
    instance.opened.close()
    with serving(instance) as server:
        server.wait_for("the first backup", lambda: list_backups(folder / "backups"))
        file = list_backups(folder / "backups")[0].file

        refused = shell("--instance", folder, "restore", file, "--replace")

        assert refused.exit_code == 1
        assert "a server is running with" in refused.stderr
        server.end()
    assert shell("--instance", folder, "restore", file, "--replace").exit_code == 0
    with serving(instance):
        pass


def test_an_empty_or_missing_folder_is_explained_in_one_line(undersigned, letters):
    (letters / "file").write_text("")

    refused = undersigned("backup", letters / "file" / "new")

    assert refused.exit_code == 1
    assert refused.stderr == f"Error: no backup was made in {letters}/file/new: Not a directory\n"


# An update.

NEWEST = "0030_probes"


def make_older(file: Path) -> None:
    """Take the newest migration back, as if an older version had made the database."""
    newest = list(migration_scripts())[-1]
    assert newest == NEWEST
    with raw(file) as db:
        db.execute("DROP TABLE probes")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = ?", [newest])


@pytest.mark.parametrize("command", ["migrate", "run"])
def test_before_an_update_of_the_tables_a_backup_is_made_and_the_way_back_is_printed(
    undersigned, scene, letters, tmp_path, command
):
    scene.signed()
    scene.db.close()
    make_older(letters / "undersigned.db")

    with started("--instance", letters, command, printed=tmp_path / "printed", cwd=tmp_path, env={"PORT": "1"}) as ran:
        if command == "migrate":
            assert ran.wait(20)
        else:
            ran.wait_for("the way back", lambda: "restore --replace" in ran.text)
    printed = ran.text

    [backup] = [one for one in list_backups(letters / "backups") if "before" in one.file.name]
    assert backup.file.name.endswith("-before-0030.db")
    assert f"Backup before this update: {backup.file}" in printed
    assert f"undersigned --instance {letters} restore --replace {backup.file}" in printed
    store = SqliteStore(backup.file)
    assert store.pending_migrations() == [NEWEST]
    store.close()


def test_a_new_database_and_one_that_is_up_to_date_need_no_backup(undersigned, letters):
    assert undersigned("migrate").stdout == "nothing to do\n"
    assert not (letters / "backups").exists()


def test_an_older_database_is_not_copied_before_it_is_updated(undersigned, scene, letters, tmp_path):
    scene.db.close()
    make_older(letters / "undersigned.db")

    refused = shell("copy", "--from", letters / "undersigned.db", "--to", tmp_path / "copy.db")

    assert refused.exit_code == 1
    assert "from an older version; run `undersigned migrate`" in refused.stderr


# What `check` says.


def test_check_names_the_newest_backup_and_complains_about_an_old_one(undersigned, scene, letters):
    undersigned("backup")
    [made] = list_backups(letters / "backups")
    fine = undersigned("check")
    made.file.rename(named(letters / "backups", days_ago=3))
    late = undersigned("check")

    assert re.search(r"^backup: \d+\.\d MB, 0 hours old$", fine.stdout, re.MULTILINE)
    assert (fine.exit_code, late.exit_code) == (0, 1)
    assert re.search(r"^FAULT: the newest backup is \d+\.\d MB, 72 hours old; see the server's log$", late.stdout, re.M)


def test_check_complains_where_there_is_no_backup_after_the_first_night(undersigned, scene, clock):
    assert "backup: none yet" in undersigned("check").stdout
    scene.run("DROP TRIGGER journal_is_not_changed")
    scene.run("UPDATE journal SET at = at - :days", days=2 * DAY_S)

    late = undersigned("check")

    assert re.search(r"^FAULT: there is no backup in \S+/backups; `undersigned backup` makes one$", late.stdout, re.M)
    assert "there is no backup" not in undersigned("check", UNDERSIGNED_BACKUP_FOLDER="off").stdout


def test_cron_gets_the_exit_status_of_a_real_process(undersigned, letters, tmp_path):
    (letters / "undersigned.db").unlink()

    with started("--instance", letters, "backup", printed=tmp_path / "printed", cwd=tmp_path) as ran:
        assert ran.wait(20)

    assert ran.process.returncode == 1
    assert ran.text.startswith(
        f"Error: there is no database at {letters}/undersigned.db. If there was one, put it back"
    )
