"""Each kind of email goes while it makes sense, and who may be written to how often depends on who asked for it."""

import re
from functools import partial

import pytest

from server.mail.delivery import DeliveryRound
from server.mail.email_kinds import EMAIL_KINDS
from server.services import moderation, statements
from server.services.scheduled import ask_for_reconsent
from server.services.signers import reconsent_signature, withdraw_signature
from server.tables import outbox, signatures
from tests.editing import mend, rewrite
from tests.mail.rounds import DAY_S, HOUR_S, put, subjects, texts
from tests.scene import CONSENT, NGO, UNPROVED, Scene

SIGNED, HELD, CHECKED, REFUSED, CHANGED = (
    "You have signed",
    "Your signature is confirmed",
    "Your signature was checked",
    "About your signature",
    "A text that you signed was changed",
)
LIST_IS_HIDDEN = ["names_from = 50", 'list_from = 2027-03-01\ntimezone = "Asia/Tbilisi"']


def decide(scene: Scene, verb, signature_id: int) -> None:
    verb(scene.db, scene.statement.slug, signature_id, actor="kate", reason="hm", now=scene.clock())


def spend(scene: Scene, email: str) -> None:
    """Use up what an address may get today and for this statement, as a stranger would."""
    made = {"email_key": scene.context.keys.key(email), "mail_key": scene.context.keys.mail_key(email)}
    now = scene.clock() - HOUR_S
    with scene.db.write() as tx:
        for purse, first in (("confirm", 101), ("links", 201)):
            for outbox_id in range(first, first + 5):
                outbox.add_mailing(tx, outbox_id=outbox_id, **made, statement_id=1, purse=purse, now=now)


# What a signer is told about their own signature.


def test_who_has_confirmed_gets_the_link_to_their_signature_and_no_address_is_left(scene, sink, post):
    signature_id = scene.signed()

    post()

    assert subjects(sink)[-1] == SIGNED
    nonce = scene.get(signature_id).nonce
    assert scene.context.links.manage(signature_id, nonce, now=scene.clock()) in texts(sink)[-1]
    assert [row["sealed_to"] for row in scene.emails()] == [None, None]


def test_who_is_held_hears_of_it_and_of_the_decision(scene, sink, post, clock):
    approved, refused = (
        scene.signed(**{**UNPROVED, "organisation": name, "email": f"{name}@gmail.com"})
        for name in ("lakes", "springs")
    )
    post()
    clock.forward(hours=1)
    decide(scene, partial(moderation.approve_signature, seen=None), approved)
    decide(scene, moderation.remove_signature, refused)
    post()

    assert subjects(sink)[-4:] == [HELD, HELD, CHECKED, REFUSED]
    assert "hm" not in re.findall(r"\w+", texts(sink)[-1])
    assert scene.rows("SELECT * FROM contacts") == []


def test_who_was_on_the_list_and_is_removed_gets_no_email(scene, sink, post):
    signature_id = scene.signed(newsletter=True)
    post()
    decide(scene, moderation.remove_signature, signature_id)

    assert post() == DeliveryRound()


@pytest.mark.parametrize(
    ("kind", "state"),
    [("thanks", "held"), ("thanks", "removed"), ("held", "confirmed"), ("approved", "held"), ("refused", "held")],
)
def test_what_is_not_true_any_more_is_not_told(scene, sink, post, kind, state):
    signature_id = scene.signed()
    scene.run("DELETE FROM outbox")
    put(scene, kind, signature_id)
    column = {"held": "held_at", "removed": "removed_at"}.get(state, "changed_at")
    scene.run(f"UPDATE signatures SET {column} = 1")

    assert post() == DeliveryRound(kept_back=1)
    assert sink.received == []


# Who asked, and how often an address may be written to.


@pytest.mark.parametrize("kind", ["thanks", "approved", "result", "changed"])
def test_what_is_owed_to_a_signer_is_sent_though_a_stranger_has_used_the_budget_up(scene, sink, post, clock, kind):
    signature_id = scene.signed(newsletter=True)
    rewrite(scene, "We demand dams.")
    scene.run("DELETE FROM outbox")
    spend(scene, "ani@rivers.example")
    statements.close_statement(scene.db, "open-rivers", actor="kate", now=clock())
    put(scene, kind, signature_id)

    assert post() == DeliveryRound(sent=1)


@pytest.mark.parametrize("kind", ["confirm", "invited", "reminder", "links", "listed"])
def test_what_a_stranger_can_ask_for_is_kept_back_when_the_budget_is_spent(scene, sink, post, kind):
    """The twin: of these emails a stranger, or an admin, could have any number sent."""
    signature_id = scene.sign()
    if kind == "listed":
        scene.run("UPDATE signatures SET confirmed_at = 1, founding_place = 1")
    scene.run("DELETE FROM outbox")
    spend(scene, "ani@rivers.example")
    put(scene, kind, signature_id)

    assert post() == DeliveryRound(kept_back=1)
    assert scene.emails()[0]["reply"] == "the address has had enough emails"


def test_what_follows_a_signers_own_press_comes_at_once_and_counts_in_no_purse(scene, sink, post):
    scene.sign(name="Ani")
    post()
    scene.confirm(1)

    assert post() == DeliveryRound(sent=1)
    assert [row["purse"] for row in scene.rows("SELECT purse FROM mailings ORDER BY outbox_id")] == ["confirm", None]


@pytest.mark.parametrize("kind", [kind for kind in EMAIL_KINDS if kind != "disowned"])
def test_an_address_that_wants_no_email_about_a_statement_gets_none_of_any_kind(scene, sink, post, kind):
    signature_id = scene.sign(newsletter=True)
    scene.run("DELETE FROM outbox")
    changes = {"held": "confirmed_at = 1, held_at = 1", "refused": "removed_at = 1"}
    changes["listed"] = "confirmed_at = 1, founding_place = 1"
    if kind not in ("confirm", "invited", "reminder", "links"):
        scene.run(f"UPDATE signatures SET {changes.get(kind, 'confirmed_at = 1')}")
    rewrite(scene, "We demand dams.")
    if kind == "result":
        statements.close_statement(scene.db, "open-rivers", actor="kate", now=scene.clock())
    put(scene, kind, signature_id)
    with scene.db.write() as tx:
        key = scene.context.keys.mail_key("ani@rivers.example")
        outbox.add_suppression(
            tx, mail_key=key, statement_id=scene.statement.id, reason="not me", undo_nonce=bytes(16), now=scene.clock()
        )

    assert post() == DeliveryRound(kept_back=1)
    assert scene.emails()[0]["reply"] == "the address gets no email: not me"


def test_who_waits_for_an_email_gets_it_before_what_goes_to_many(scene, sink, post):
    signature_id = scene.signed(newsletter=True)
    scene.run("DELETE FROM outbox")
    statements.close_statement(scene.db, "open-rivers", actor="kate", now=scene.clock())
    rewrite(scene, "We demand dams.")
    for kind in ("changed", "result", "thanks", "confirm"):
        put(scene, kind, signature_id)
    other = scene.publish("clean-air")
    other.sign(email="aram@rivers.example")
    post()

    assert [subject.partition(":")[0] for subject in subjects(sink)][:2] == ["Please confirm your signature", SIGNED]


# Reminders.


@pytest.mark.parametrize("change", ["confirmed", "closed", "taken", None])
def test_a_reminder_goes_only_while_there_is_something_to_confirm(scene, sink, post, clock, change):
    signature_id = scene.sign()
    if change == "confirmed":
        scene.confirm(signature_id)
    elif change == "closed":
        statements.close_statement(scene.db, "open-rivers", actor="kate", now=clock())
    elif change == "taken":
        scene.signed(email="ani@rivers.example", name="Ani the Elder")
        scene.signed(email="ani@rivers.example", name="Ani the Younger")
    scene.run("DELETE FROM outbox")
    put(scene, "reminder", signature_id)

    assert post() == (DeliveryRound(kept_back=1) if change else DeliveryRound(sent=1))
    if not change:
        [text] = texts(sink)
        code = scene.context.codes.of(signature_id, scene.get(signature_id).nonce)
        assert "/confirm/" in text
        assert f"{code[:4]} {code[4:]}" in text
        assert scene.get(signature_id).code_until == clock() + 1800


# An organisation that is on the list.


def listed(scene: Scene, front_matter: str = "", **fields) -> Scene:
    """A statement that River Watch has signed, and somebody signs for it once more."""
    there = scene.publish("clean-air", f'kinds = ["individual", "organisation"]\n{front_matter}')
    there.signed(**{**NGO, **fields})
    there.run("DELETE FROM outbox")
    there.sign(**{**NGO, "email": "other@riverwatch.example"})
    return there


def test_who_signs_for_an_organisation_that_is_listed_learns_it_and_where_one_signs_as_a_person(scene, sink, post):
    there = listed(scene)
    post()

    [text] = texts(sink)
    assert "has already signed this statement" in text
    assert f"{there.context.settings.base_url}/s/clean-air" in text.splitlines()
    assert "/confirm/" in text


@pytest.mark.parametrize("front_matter", LIST_IS_HIDDEN)
def test_what_the_public_cannot_see_no_email_tells(scene, sink, post, front_matter):
    listed(scene, front_matter)
    post()

    assert "has already signed this statement" not in texts(sink)[0]


def test_an_organisation_that_is_only_counted_is_told_to_nobody(scene, sink, post):
    listed(scene, 'visibilities = ["name", "counted"]', visibility="counted")
    post()

    assert "has already signed this statement" not in texts(sink)[0]


# The result.


@pytest.mark.parametrize(("count_from", "tells"), [(None, True), (1, True), (2, False)])
def test_the_result_tells_the_count_where_it_is_told_at_all(scene, sink, post, clock, count_from, tells):
    there = scene.publish("clean-air", "newsletter = true" + (f"\ncount_from = {count_from}" if count_from else ""))
    signature_id = there.signed(newsletter=True)
    there.run("DELETE FROM outbox")
    statements.close_statement(there.db, "clean-air", actor="kate", now=clock())
    clock.forward(seconds=DAY_S)
    put(there, "result", signature_id)
    post()

    [text] = texts(sink)
    assert ("It has 1 signature." in text) is tells
    token = re.search(r"/unsubscribe/(\S+)", text)[1]
    assert scene.context.links.read_unsubscribe(token, now=clock()).id == signature_id


@pytest.mark.parametrize("change", ["news stopped", "opened again"])
def test_a_result_that_nobody_waits_for_is_not_sent(scene, sink, post, clock, change):
    signature_id = scene.signed(newsletter=True)
    scene.run("DELETE FROM outbox")
    if change == "news stopped":
        statements.close_statement(scene.db, "open-rivers", actor="kate", now=clock())
        with scene.db.write() as tx:
            signatures.clear_newsletter_flag(tx, signature_id, now=clock())
    put(scene, "result", signature_id)

    assert post() == DeliveryRound(kept_back=1)


# A changed text.


@pytest.mark.parametrize("state", ["confirmed", "held"])
def test_who_signed_an_older_edition_is_asked_with_the_difference_and_their_own_link(scene, sink, post, clock, state):
    signature_id = scene.signed(newsletter=True)
    if state == "held":
        moderation.hold_signature(scene.db, "open-rivers", signature_id, actor="kate", reason=None, now=clock())
    scene.run("DELETE FROM outbox")
    rewrite(scene, "We demand dams.")
    ask_for_reconsent(scene.db, now=clock())
    post()

    assert subjects(sink) == [CHANGED]
    [text] = texts(sink)
    assert f"{scene.context.settings.base_url}/s/open-rivers/versions?locale=en" in text.splitlines()
    nonce = scene.get(signature_id).nonce
    assert scene.context.links.manage(signature_id, nonce, now=clock()) in text
    assert "dams" not in text, "what was changed stands on the page alone"


@pytest.mark.parametrize("change", ["kept", "withdrawn", "only mended", "archived"])
def test_who_has_nothing_to_decide_any_more_is_not_asked(scene, sink, post, clock, change):
    signature_id = scene.signed(newsletter=True)
    scene.run("DELETE FROM outbox")
    text = (mend if change == "only mended" else rewrite)(scene, "We demand dams.").text
    put(scene, "changed", signature_id)
    if change == "kept":
        reconsent_signature(scene.db, scene.ref(signature_id), seen=text.sha256, consent=CONSENT, now=clock())
    elif change == "withdrawn":
        withdraw_signature(scene.db, scene.ref(signature_id), shown=False, now=clock())
    elif change == "archived":
        scene.run("UPDATE statements SET archived_at = 1")

    assert post() == DeliveryRound(kept_back=1)
    assert sink.received == []
