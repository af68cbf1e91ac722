"""Copying from the shell: into another database, and never into itself."""

import re

import pytest

from tests.cli.shell import shell

pytestmark = pytest.mark.sqlite


def test_a_copy_has_all_rows_and_says_so(letters, statement, tmp_path):
    copied = shell("copy", "--from", letters / "undersigned.db", "--to", tmp_path / "copy.db")

    assert copied.exit_code == 0
    assert re.search(r"Both databases have the same \d+ rows\.\n$", copied.stdout)


@pytest.mark.parametrize("written", ["{file}", "sqlite:///{file}", "{folder}/../{folder.name}/undersigned.db"])
def test_a_database_is_not_copied_into_itself(letters, statement, written):
    file = letters / "undersigned.db"

    refused = shell("copy", "--from", file, "--to", written.format(file=file, folder=letters))

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "the same database" in refused.stderr


def test_a_database_that_cannot_be_made_is_refused_in_one_line(letters, statement, tmp_path):
    (tmp_path / "file").write_text("")

    refused = shell("copy", "--from", letters / "undersigned.db", "--to", tmp_path / "file" / "new" / "copy.db")

    assert refused.exit_code == 1
    assert refused.stderr == f"Error: cannot create a database at {tmp_path}/file/new/copy.db: Not a directory\n"
