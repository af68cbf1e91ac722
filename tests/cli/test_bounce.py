"""``undersigned bounce`` reads what a mail server pipes into it, or a maildir."""

from email import message_from_bytes

import pytest

from server.cli.context import Instance
from server.mail.bounces import REPORT_LONGEST
from tests.cli.shell import shell
from tests.mail.reported import BOUNCES_TO, make

pytestmark = pytest.mark.usefixtures("statement")


@pytest.fixture
def sent(letters, signer, mails, context):
    """The text of a message about the email that Ani gets."""
    with (letters / "undersigned.env").open("a") as file:
        file.write(f"UNDERSIGNED_BOUNCE_ADDRESS={BOUNCES_TO}\n")
    assert signer.post().status_code == 202
    mails.deliver()
    [email] = mails
    message_id = email["Message-ID"].strip("<>").partition("@")[0]
    return lambda name, return_path="nobody@letters.example": make(name, return_path=return_path, message_id=message_id)


@pytest.fixture
def pipe(letters, tmp_path):
    """Give a message to the command as a file, as standard input would."""

    def pipe(content, *words):
        (tmp_path / "message").write_bytes(content)
        return shell("--instance", letters, "bounce", *words, tmp_path / "message")

    return pipe


def test_a_bounce_is_recorded_and_shown_in_words(pipe, sent, undersigned):
    done = pipe(sent("bounced-gmail"))

    assert (done.exit_code, done.stdout.partition(".")[0]) == (0, "bounced: 550 5")
    assert "@" not in done.stdout
    shown = undersigned("outbox").stdout
    assert "dead 1" in shown
    assert "came back 1; reported as spam 0; delayed 0" in shown
    assert "could not be sent" not in undersigned("check").stdout


def test_a_delay_is_told(pipe, sent):
    done = pipe(sent("delayed-postfix"))

    assert (done.exit_code, done.stdout) == (0, "delayed\n")


@pytest.mark.parametrize("name", ["out-of-office-exchange", "ordinary-reply", "forwarded-bounce"])
def test_another_message_has_a_status_of_its_own_and_changes_nothing(pipe, sent, undersigned, name):
    done = pipe(sent(name))

    assert (done.exit_code, done.stdout) == (65, "not recognised\n")
    assert "sent 1" in undersigned("outbox").stdout


def test_a_bounce_of_an_email_that_is_not_ours_is_not_recognised(pipe, sent):
    done = pipe(make("bounced-gmail", return_path="x@letters.example", message_id="f" * 32))

    assert done.exit_code == 65


def test_an_endless_message_is_not_read_to_its_end(pipe, sent):
    assert pipe(sent("bounced-gmail") + b"x" * REPORT_LONGEST).exit_code == 65


def test_the_recipient_of_the_envelope_can_be_given(pipe, sent, letters, context):
    verp = Instance(str(letters)).context.bounces.make(1)
    message = sent("bounced-without-action")

    assert pipe(message).exit_code == 65
    assert pipe(message, "--recipient", verp).exit_code == 0


def test_a_maildir_is_emptied_of_reports_alone(letters, sent, tmp_path, undersigned):
    folder = tmp_path / "bounces"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "new" / "1.host").write_bytes(sent("bounced-gmail"))
    (folder / "new" / "2.host").write_bytes(sent("ordinary-reply"))

    done = undersigned("bounce", "--maildir", folder)

    assert (done.exit_code, done.stdout.splitlines()[1]) == (0, "not recognised")
    assert list((folder / "new").iterdir()) == []
    [kept] = (folder / "cur").iterdir()
    assert message_from_bytes(kept.read_bytes())["Subject"] == "Re: Please confirm"
    assert "came back 1" in undersigned("outbox").stdout


def test_a_message_is_given_again_when_the_settings_are_wrong(letters, pipe, sent):
    message = sent("bounced-gmail")
    with (letters / "undersigned.env").open("a") as file:
        file.write("UNDERSIGNED_THREADS=none\n")

    done = pipe(message)

    assert done.exit_code == 75
    assert "try again later: " in done.stderr


def test_an_address_can_be_allowed_again(pipe, sent, undersigned):
    assert (
        undersigned("bounce", "--allow", "ani@rivers.example").stdout == "no bounce or complaint stops emails to it\n"
    )
    pipe(sent("bounced-gmail"))

    assert undersigned("bounce", "--allow", "ani@rivers.example").stdout == "emails are sent to it again\n"
    assert undersigned("bounce", "--allow", "nonsense").exit_code == 1
