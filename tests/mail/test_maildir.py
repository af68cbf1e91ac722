"""Emails that are laid into a folder: whole, private, one file each."""

import os
import stat
from email import policy
from email.parser import BytesParser
from mailbox import Maildir

import pytest

from server.mail.message import EmailRefused, RenderedEmail, compose
from server.mail.smtp import RecipientRefused, ServerRefused, TemporaryFailure
from server.mail.transports import MaildirTransport

ANI = "ani@example.org"


def letter(to: str = ANI, number: int = 1):
    return compose(
        RenderedEmail("Please confirm", "Բարև\n", "<p>Բարև</p>\n", "hy"),
        sender="noreply@sign.example",
        to=to,
        message_id=f"<outbox.{number}@sign.example>",
        reply_to=None,
        date=1_790_000_000,
    )


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_is_made_and_the_email_lies_in_new(tmp_path):
    folder = tmp_path / "demo" / "mail"

    with MaildirTransport(folder) as transport:
        transport.send(letter(), to=ANI)

    (found,) = (folder / "new").iterdir()
    message = BytesParser(policy=policy.default).parsebytes(found.read_bytes())
    assert (message["To"], message["Message-ID"]) == (ANI, "<outbox.1@sign.example>")
    assert b"\r" not in found.read_bytes()
    assert list((folder / "tmp").iterdir()) == []


def test_the_folder_is_for_its_owner_only_even_when_it_was_not_before(tmp_path):
    folder = tmp_path / "mail"
    folder.mkdir(mode=0o755)

    MaildirTransport(folder).send(letter(), to=ANI)

    assert [mode(path) for path in (folder, folder / "new", folder / "cur", folder / "tmp")] == [0o700] * 4


def test_every_email_is_a_file_of_its_own_and_the_standard_library_reads_them(tmp_path):
    for number in range(5):
        with MaildirTransport(tmp_path / "mail") as transport:
            transport.send(letter(number=number), to=ANI)

    box = Maildir(tmp_path / "mail", create=False)
    assert sorted(message["Message-ID"] for message in box) == [f"<outbox.{n}@sign.example>" for n in range(5)]


def test_an_international_address_is_written_in_its_letters(tmp_path):
    MaildirTransport(tmp_path / "mail").send(letter("անի@example.org"), to="անի@example.org")

    (found,) = (tmp_path / "mail" / "new").iterdir()
    assert "\nTo: անի@example.org\n" in found.read_text()


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.odt").write_text("precious")
    tmp_path.chmod(0o755)

    with pytest.raises(ServerRefused, match="not a maildir"):
        MaildirTransport(tmp_path).send(letter(), to=ANI)

    assert mode(tmp_path) == 0o755
    assert os.listdir(tmp_path) == ["thesis.odt"]  # noqa: PTH208


def test_a_maildir_that_a_mail_program_has_added_files_to_is_still_one(tmp_path):
    MaildirTransport(tmp_path / "mail").send(letter(), to=ANI)
    (tmp_path / "mail" / "maildirfolder").touch()

    MaildirTransport(tmp_path / "mail").send(letter(number=2), to=ANI)

    assert len(list((tmp_path / "mail" / "new").iterdir())) == 2


def test_a_path_that_cannot_be_a_folder_is_a_failure_for_now(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(TemporaryFailure) as failed:
        MaildirTransport(tmp_path / "file" / "mail").send(letter(), to=ANI)

    assert str(failed.value) == "cannot write to the mail folder: Not a directory"


def test_an_address_that_is_none_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(RecipientRefused):
        MaildirTransport(tmp_path / "mail").send(letter(), to="ani@example.org, victim@example.org")

    assert not (tmp_path / "mail").exists()


def test_an_email_for_somebody_else_is_a_mistake_of_ours_and_not_written(tmp_path):
    with pytest.raises(EmailRefused):
        MaildirTransport(tmp_path / "mail").send(letter(), to="victim@example.org")

    assert not (tmp_path / "mail").exists()
