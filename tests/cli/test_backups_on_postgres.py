"""Backup, drill and restore of an instance on PostgreSQL, from the shell."""

import re
import time
from pathlib import Path

import pytest

from server.cli.instance import make_instance
from server.services.backups import list_backups
from server.services.signers import erase_signature
from tests.databases import databases


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """An instance on a database that is nobody else's, since a restore sets its schema aside."""
    limits = {"UNDERSIGNED_LIMIT_STORAGE": f"sqlite:///{tmp_path / 'limits'}"}
    make_instance(
        tmp_path,
        UNDERSIGNED_DATABASE=databases.without_tables(),
        UNDERSIGNED_BACKUP_FOLDER=str(tmp_path / "backups"),
        **limits,
    )
    return tmp_path


def test_who_had_erased_themselves_is_not_back_after_a_restore(undersigned, scene, mails, letters):
    erased, stays = scene.signed(name="Ani"), scene.signed(name="Aram", email="aram@rivers.example")
    mails.deliver()
    made = undersigned("backup")
    drilled = undersigned("drill")
    erase_signature(scene.db, scene.ref(erased), now=int(time.time()))
    scene.db.close()
    file = list_backups(letters / "backups")[0].file

    assert re.fullmatch(r"\S+Z\.dump: \d+ rows, \d\.\d MB, checked\n", made.stdout)
    assert re.search(r"restored elsewhere and compared: \d+ rows, the same", drilled.stdout)
    assert "with --replace they are kept in another schema" in undersigned("restore", file).stderr
    restored = undersigned("restore", file, "--replace")

    assert restored.exit_code == 0, restored.stderr
    assert restored.stdout.startswith("Erased again: 1. ")
    assert "The former database is in the schema replaced-" in restored.stdout
    assert "Done: " in restored.stdout
    assert (scene.get(erased).name, scene.get(stays).name) == (None, "Aram")
    assert undersigned("check").stdout.count("FAULT") == 1  # this database does not sync, for speed
    scene.signed(name="Nino", email="nino@rivers.example")  # ids go on


def test_without_a_folder_there_are_no_nightly_backups_and_the_command_says_what_to_set(undersigned, letters):
    (letters / "undersigned.env").write_text(
        re.sub(r"UNDERSIGNED_BACKUP_FOLDER=.*\n", "", (letters / "undersigned.env").read_text())
    )

    refused = undersigned("backup")

    assert refused.exit_code == 1
    assert "UNDERSIGNED_BACKUP_FOLDER is missing" in refused.stderr
    assert undersigned("backup", letters / "own").exit_code == 0
    assert "backup: none by this server" in undersigned("check").stdout
