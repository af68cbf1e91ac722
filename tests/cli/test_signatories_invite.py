"""People who signed elsewhere are invited from a file: who is, who is not and why, and nobody twice."""

import pytest

from tests.scene import look
from tests.web.scene import everything, public_names

SOURCE = ("--source", "the form at rivers.example")
FORM = """Name,Title,Email,Kind
Ani Marlowe,Poet,ani@hills.example,individual
Aram Orme,,aram@hills.example,individual
Nora Nobody,,,individual
Tom Typo,,typo@,individual
Hill Club,,office@club.example,organisation
"""


@pytest.fixture
def invite(undersigned, statement, tmp_path):
    """``signatories invite`` of a file that holds this text."""

    def run(text: str = FORM, *options: str, source: tuple[str, ...] = SOURCE):
        (tmp_path / "form.csv").write_text(text)
        return undersigned("signatories", "invite", "open-rivers", tmp_path / "form.csv", *source, *options)

    return run


def due(db) -> list[int]:
    emails = look(db, "SELECT due_at FROM outbox WHERE kind = 'invited' ORDER BY id")
    return [email["due_at"] - emails[0]["due_at"] for email in emails]


def test_each_with_an_address_is_invited_and_the_others_are_named(invite, db, client):
    done = invite()

    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1].startswith(
        "invited 3, already known 0, not invited 2, lines left out 0; at 200 an hour the last email goes about 20"
    )
    assert done.stderr.splitlines() == [
        "line 4 has no valid email address: Nora Nobody",
        "line 5 has no valid email address: Tom Typo",
    ]
    assert [row["state"] for row in look(db, "SELECT state FROM signatures")] == ["pending"] * 3
    assert [row["source"] for row in look(db, "SELECT source FROM invitations")] == [SOURCE[1]]
    assert public_names(client) == []


def test_the_same_file_again_invites_nobody_and_says_so(invite, db):
    invite()
    again = invite()

    assert again.exit_code == 0
    assert again.stdout.splitlines()[-1] == "invited 0, already known 3, not invited 2, lines left out 0"
    assert "line 2 is not invited, they have signed or were emailed before: Ani Marlowe" in again.stderr
    assert len(look(db, "SELECT id FROM signatures")) == 3


def test_the_pace_is_that_of_the_option_or_of_the_setting(invite, undersigned, db, tmp_path):
    invite()
    assert due(db) == [0, 18, 36]
    words = ("signatories", "invite", "open-rivers", tmp_path / "more.csv", *SOURCE)
    (tmp_path / "more.csv").write_text("Name,Email\nCleo Day,cleo@sea.example\n")
    undersigned(*words, UNDERSIGNED_MAIL_INVITATIONS_PER_HOUR="60")
    (tmp_path / "more.csv").write_text("Name,Email\nTeo Vance,teo@sea.example\n")
    undersigned(*words, "--pace", "3600")

    assert due(db) == [0, 18, 36, 96, 97]


def test_a_dry_run_writes_nothing(invite, db):
    before = everything(db)
    tried = invite(FORM, "--dry-run")

    assert tried.stdout.splitlines()[-1] == "would invite up to 3, at 200 an hour; nothing was written"
    assert everything(db) == before


@pytest.mark.parametrize(
    ("text", "options", "source", "says"),
    [
        (FORM, (), (), "Missing option '--source'"),
        (FORM, (), ("--source", " "), "the email must say where they signed"),
        (FORM, (), ("--source", "x" * 200), "this text cannot say where they signed. This is too long."),
        (FORM, ("--pace", "3601"), SOURCE, "3601 is not in the range"),
        (FORM, ("--locale", "ka"), SOURCE, "there is no text in the language ka"),
        ("Name\nAni\n", (), SOURCE, "found no signature with an address"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(invite, db, text, options, source, says):
    before = everything(db)
    refused = invite(text, *options, source=source)

    assert refused.exit_code != 0
    assert says in refused.stderr
    assert everything(db) == before


def test_invitations_that_wait_for_their_turn_are_no_fault(invite, undersigned, db):
    invite(FORM, "--pace", "1")
    told = undersigned("outbox")

    assert "3 of these are invitations to confirm, which are sent at their own pace" in told.stdout
    assert "has been waiting" not in undersigned("check").stdout


def test_one_whose_turn_was_hours_ago_is_a_fault(invite, undersigned, db):
    """The twin of the test above: nobody delivers."""
    invite(FORM, "--pace", "1")
    with db.write() as tx:
        tx.run("UPDATE outbox SET due_at = due_at - 90000", {})

    assert "an email has been waiting since" in undersigned("check").stdout
