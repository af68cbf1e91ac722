"""What signers will read can be looked at before they do, without an instance."""

import pytest

from server.mail.previews import PREVIEWS
from server.text import translations
from tests.cli.shell import shell


@pytest.mark.parametrize("kind", PREVIEWS)
def test_one_email_is_printed_as_text(kind, tmp_path):
    printed = shell("--instance", tmp_path, "email", "preview", kind)

    subject, _, text = printed.stdout.partition("\n\n")
    assert printed.exit_code == 0
    assert "\n" not in subject
    assert text.startswith("Hello,\n")
    assert text.endswith("\n-- \nThis email was sent automatically by sign.example.org.\n")


def test_it_speaks_the_language_that_was_asked_for(tmp_path):
    printed = shell("email", "preview", "confirm", "--locale", "fr")

    assert printed.stdout.startswith("Veuillez confirmer votre signature\N{NO-BREAK SPACE}: «\N{NO-BREAK SPACE}")


def test_a_folder_gets_every_kind_in_every_language(tmp_path):
    folder = tmp_path / "new" / "folder"
    shell("email", "preview", "--to", folder)

    written = {path.name for path in folder.iterdir()}
    assert written == {
        f"{kind}.{locale}.{part}" for kind in PREVIEWS for locale in translations.LOCALES for part in ("txt", "html")
    }
    assert 'dir="rtl"' in (folder / "thanks.ar.html").read_text("utf-8")


def test_a_folder_gets_one_kind_in_one_language(tmp_path):
    written = shell("email", "preview", "held", "--locale", "en", "--to", tmp_path)

    assert written.stdout == f"Wrote them to {tmp_path}, as text and as HTML\n"
    assert {path.name for path in tmp_path.iterdir()} == {"held.en.txt", "held.en.html"}


@pytest.mark.parametrize("words", [(), ("spam",), ("confirm", "--locale", "xx")])
def test_what_cannot_be_shown_is_said(words):
    refused = shell("email", "preview", *words)

    assert refused.exit_code == 2
    assert "Error: " in refused.stderr


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")

    refused = shell("email", "preview", "held", "--to", tmp_path / "file" / "new")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == f"Error: cannot write to {tmp_path}/file/new: Not a directory\n"
