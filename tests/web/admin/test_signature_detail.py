"""One signature at the desk: what is known of it, never its address, and every verb with its reason."""

import pytest

from server.mail.email_kinds import EMAIL_KINDS
from server.services import moderation
from server.services.shared import line_fingerprint
from server.services.signers import withdraw_signature
from server.tables import outbox
from server.tables.outbox import Recipient
from server.web.admin.journal import JOURNAL_VERBS
from tests.scene import NGO, UNPROVED
from tests.services.addressed import come_back
from tests.tables.rows import write_journal
from tests.web.scene import everything

LIST = "/admin/statements/open-rivers/signatures"
REASON = {"reason": "they wrote to us"}


def html(browser, path):
    answer = browser.open(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_page_tells_all_that_is_known_and_never_the_address(moderator, scene, mails):
    id_ = scene.sign(title="Poet", comment="For the river", country="GE", newsletter=True)
    mails.deliver()
    scene.confirm(id_)
    moderator.post(f"{LIST}/{id_}", {"verb": "hold", **REASON})

    found = html(moderator, f"{LIST}/{id_}")

    for told in (
        "Ani",
        "Poet",
        "For the river",
        "Georgia",
        "held a signature",
        "mher",
        "they wrote to us",
        "Please confirm",
        "sent ",
    ):
        assert told in found, told
    assert "I sign this statement, and my name may be published." in found
    assert "stored encrypted" in found
    assert "ani@" not in found


@pytest.mark.parametrize(
    ("fields", "before", "verb", "after"),
    [
        ({}, (), "hold", "held"),
        (UNPROVED, (), "approve", "confirmed"),
        ({}, (), "remove", "removed"),
        ({}, ("remove",), "restore", "confirmed"),
    ],
)
def test_a_verb_is_done_and_told(moderator, scene, fields, before, verb, after):
    id_ = scene.signed(**fields)
    for one in before:
        moderator.post(f"{LIST}/{id_}", {"verb": one, **REASON})

    answer = moderator.post(f"{LIST}/{id_}", moderator.seen(f"{LIST}/{id_}") | {"verb": verb, **REASON})

    assert answer.status_code == 303
    assert scene.get(id_).state == after
    assert scene.journal()[-1] == (f"signature.{verb}", f"signature:{id_}", REASON["reason"])
    assert "1 signature is" in html(moderator, answer.location)


def test_a_verb_that_no_longer_fits_is_refused_in_words(moderator, scene):
    id_ = scene.signed()
    withdraw_signature(scene.db, scene.ref(id_), shown=False, now=scene.clock())

    seen = {f"seen-{id_}": line_fingerprint(scene.get(id_))}
    answer = moderator.post(f"{LIST}/{id_}", seen | {"verb": "restore", **REASON})

    assert (answer.status_code, scene.get(id_).state) == (422, "withdrawn")
    assert "does not allow that" in answer.get_data(as_text=True)


def test_an_organisation_is_not_restored_beside_its_namesake(moderator, scene):
    removed = scene.signed(**NGO)
    moderator.post(f"{LIST}/{removed}", {"verb": "remove", **REASON})
    scene.signed(**{**NGO, "email": "second@riverwatch.example"})

    answer = moderator.post(f"{LIST}/{removed}", moderator.seen(f"{LIST}/{removed}") | {"verb": "restore", **REASON})

    found = answer.get_data(as_text=True)
    assert (answer.status_code, "of the same name is on the list" in found) == (422, True)
    assert REASON["reason"] in found


def test_who_held_it_is_told_by_name_and_a_rule_in_words(moderator, scene):
    by_admin, by_rule = scene.signed(), scene.signed(name="Aram", email="aram@rivers.example")
    for id_, actor in ((by_admin, "admin:kate"), (by_rule, "rule:all")):
        moderation.hold_signature(scene.db, "open-rivers", id_, actor=actor, reason=None, now=scene.clock())

    told = [" ".join(moderator.get(f"{LIST}/{id_}").words.split()) for id_ in (by_admin, by_rule)]

    assert "Held because kate Shown publicly" in told[0]
    assert "Held because all signatures are checked here Shown publicly" in told[1]


def test_a_pending_signature_gets_its_email_once_more(moderator, scene, mails):
    id_ = scene.sign()
    mails.deliver()

    answer = moderator.post(f"{LIST}/{id_}/resend")

    assert answer.status_code == 303
    assert [row["kind"] for row in scene.emails()] == ["confirm", "confirm"]
    assert scene.journal()[-1] == ("signature.resend", f"signature:{id_}", None)


def test_an_address_that_has_had_enough_gets_no_more_and_the_page_says_so(moderator, scene, mails, clock):
    id_ = scene.sign()
    mails.deliver()
    for _ in range(9):
        moderator.post(f"{LIST}/{id_}/resend")
        clock.forward(minutes=20)
        mails.deliver()
    before = len(scene.emails())

    assert "has reached its email limit" in html(moderator, f"{LIST}/{id_}")
    assert moderator.post(f"{LIST}/{id_}/resend").status_code == 422
    assert len(scene.emails()) == before


def test_what_went_to_other_tags_of_an_address_is_counted_before_anybody_presses(moderator, scene, mails, clock):
    told = []
    for tag in range(3):
        id_ = scene.sign(email=f"ani+{tag}@rivers.example")
        mails.deliver()
        told.append("has reached its email limit" in html(moderator, f"{LIST}/{id_}"))
        clock.forward(minutes=10)

    assert told == [False, False, True]


@pytest.mark.parametrize(("spent_by", "told"), [("email_key = email_key", False), ("email_key = mail_key", True)])
def test_what_other_tags_have_had_before_today_stands_in_nobodys_way(moderator, scene, mails, spent_by, told):
    """The twin counts it for ever, by the key that all tags share."""
    for tag in range(5):
        scene.sign(email=f"ani+{tag}@rivers.example")
        mails.deliver()
        scene.run("UPDATE mailings SET sent_at = sent_at - 24 * 3600")
    scene.run(f"UPDATE mailings SET {spent_by}")
    id_ = scene.sign()

    assert ("has reached its email limit" in html(moderator, f"{LIST}/{id_}")) is told


def test_a_confirmed_signature_gets_no_confirm_email(moderator, scene):
    id_ = scene.signed()
    before = scene.emails()

    assert moderator.post(f"{LIST}/{id_}/resend").status_code == 422
    assert scene.emails() == before


def test_a_signature_of_another_statement_is_not_found(moderator, scene):
    other = scene.publish("clean-air")
    id_ = other.signed()

    for path in ("", "/edit", "/resend"):
        assert moderator.post(f"{LIST}/{id_}{path}", {"verb": "hold", **REASON}).status_code == 404
    assert moderator.open(f"{LIST}/{id_}").status_code == 404
    assert other.counts() == (1, 0, 0)


@pytest.mark.parametrize("wrong", ["a\0b", "a\u0007b", "x" * 501])
def test_a_reason_that_cannot_be_kept_changes_nothing_and_comes_back(moderator, scene, db, wrong):
    scene.found("Cleo Day\n")
    [founder] = scene.rows("SELECT id FROM signatures")
    id_, founding = scene.signed(name="Ani"), "/admin/statements/open-rivers/founding"
    before = everything(db)

    for path, form in (
        (f"{LIST}/{id_}", {"verb": "hold", "id": id_}),
        (f"{LIST}/{id_}/edit", {"name": "Else"}),
        (f"{founding}/{founder['id']}/remove", {"remove": "yes"}),
    ):
        answer = moderator.post(path, {**form, "reason": wrong})
        assert (answer.status_code, wrong[-1:] in answer.text) == (422, True), path
    assert everything(db) == before


@pytest.mark.parametrize("path", [f"{LIST}/{{}}", "/admin/statements/open-rivers/founding/{}"])
def test_a_number_that_no_row_can_have_is_not_found(moderator, path):
    assert moderator.open(path.format(10**30)).status_code == 404


@pytest.mark.parametrize("before", [10**30, -(10**30)])
def test_a_page_of_the_journal_before_any_number_is_a_page(moderator, before):
    assert moderator.open(f"/admin/statements/open-rivers/journal?before={before}").status_code == 200


def test_its_history_and_its_emails_are_told_in_words_and_never_in_our_codes(moderator, scene):
    id_ = scene.signed()
    with scene.db.write() as tx:
        for verb in JOURNAL_VERBS:
            told = {"actor": "signer", "subject": f"signature:{id_}", "statement_id": scene.statement.id}
            write_journal(tx, verb, now=scene.clock(), **told)
        for kind in EMAIL_KINDS:
            outbox.put(tx, kind, Recipient(scene.statement.id, id_, "en", b"k", b"s"), now=scene.clock())
    moderation.hold_signature(scene.db, "open-rivers", id_, actor="rule:all", reason=None, now=scene.clock())

    words = " ".join(moderator.get(f"{LIST}/{id_}").words.split())

    assert [code for code in (*JOURNAL_VERBS, "rule:all") if code in words] == []
    assert "· rule: all signatures are checked here · held a signature" in words
    assert "· the signer · kept their name on the new text" in words
    for told in ("The text was changed ·", "You are listed as a first signatory ·", "Please confirm ·"):
        assert told in words


def test_a_moderator_sees_that_an_email_came_back_and_why(moderator, scene):
    id_ = scene.sign(email="ani@rivers.example")
    come_back(scene, id_)

    page = moderator.get(f"{LIST}/{id_}")
    words = " ".join(page.words.split())

    assert "could not be delivered · 550 5.1.1 unknown" in words
    assert "· rule: a mail server reported about an email · stopped emails to an address that does not work" in words
    assert "It cannot be sent again: the owner of the address wants no emails, or emails to it came back." in words
    assert "ani@" not in page.html


def test_a_moderator_sees_that_an_email_was_called_spam(moderator, scene):
    id_ = scene.signed()
    scene.run("UPDATE outbox SET bounced = 'complaint', sent_at = :now, sealed_to = NULL", now=scene.clock())

    assert "and reported as spam by its recipient" in moderator.get(f"{LIST}/{id_}").words


def test_what_somebody_typed_is_text_and_never_markup(moderator, scene):
    id_ = scene.signed(name="Ani <b>bold</b>")
    moderation.hold_signature(
        scene.db, "open-rivers", id_, actor="admin:x", reason="<script>alert(1)</script>", now=scene.clock()
    )

    found = html(moderator, f"{LIST}/{id_}")
    assert "<b>bold" not in found
    assert "Ani &lt;b&gt;bold&lt;/b&gt;" in found
    assert "<script>alert" not in found
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in found
