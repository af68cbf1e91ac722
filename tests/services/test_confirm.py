"""Confirm: what the owner of a mailbox makes of a pending signature, once."""

from collections.abc import Callable

import pytest

from server.crypto.links import SignatureRef
from server.errors import LinkInvalid, StatementClosed
from server.services import moderation, statements
from server.services.confirm import Consent, confirm_signature
from server.services.sign import resend_confirm_email_for_admin
from server.tables import signatures
from tests.scene import CONSENT, NGO, UNPROVED, Scene

DAY_S = 24 * 3600


def address_of(scene: Scene, signature_id: int) -> str | None:
    with scene.db.read() as tx:
        sealed = signatures.find_contact(tx, signature_id)
    return None if sealed is None else scene.context.sealer.unseal(sealed, purpose=signatures.ADDRESS_SEAL_PURPOSE)


def test_a_confirmed_signature_is_counted_and_listed_once(scene, clock):
    signature_id = scene.sign()
    clock.forward(minutes=5)

    assert scene.confirm(signature_id) == "confirmed"

    signature = scene.get(signature_id)
    assert (signature.state, signature.confirmed_at) == ("confirmed", clock())
    assert scene.counts() == (1, 0, 0)


def test_a_second_yes_is_harmless(scene, clock):
    signature_id = scene.signed()
    first = scene.get(signature_id)
    clock.forward(days=3)

    assert scene.confirm(signature_id) == "confirmed"

    assert scene.get(signature_id) == first
    assert scene.counts() == (1, 0, 0)


def test_a_yes_changes_what_the_public_sees(scene):
    before = scene.at("open-rivers").statement.stamp

    scene.signed()

    assert scene.at("open-rivers").statement.stamp > before


def test_what_was_sent_twice_goes_with_what_admins_said_of_it(scene):
    twice, signature_id = scene.sign(), scene.sign()
    why = "Ani Petrosyan wrote to us"
    resend_confirm_email_for_admin(scene.db, "open-rivers", twice, actor="admin:kate", reason=why, now=scene.clock())
    assert scene.journal()[-1] == ("signature.resend", f"signature:{twice}", why)

    scene.confirm(signature_id)

    assert scene.states() == ["confirmed"]
    assert scene.rows("SELECT reason FROM journal_details WHERE reason IS NOT NULL") == []


def test_a_link_with_another_nonce_leads_nowhere(scene):
    signature_id = scene.sign()
    forged = SignatureRef(signature_id, bytes(16))

    with pytest.raises(LinkInvalid):
        confirm_signature(scene.db, forged, consent=CONSENT, now=scene.clock())

    assert scene.states() == ["pending"]


def test_a_link_to_no_row_leads_nowhere(scene):
    with pytest.raises(LinkInvalid):
        confirm_signature(scene.db, SignatureRef(7, bytes(16)), consent=CONSENT, now=scene.clock())


@pytest.mark.parametrize("was_confirmed", [True, False])
def test_a_removed_signature_is_not_called_confirmed(scene, was_confirmed):
    signature_id = scene.signed() if was_confirmed else scene.sign()
    moderation.remove_signature(scene.db, "open-rivers", signature_id, actor="kate", reason="fake", now=scene.clock())

    with pytest.raises(LinkInvalid):
        scene.confirm(signature_id)

    assert scene.states() == ["removed"]


def test_a_withdrawn_signature_does_not_come_back_by_its_old_link(scene):
    signature_id = scene.sign()
    scene.run("UPDATE signatures SET withdrawn_at = 1 WHERE id = :id", id=signature_id)

    with pytest.raises(LinkInvalid):
        scene.confirm(signature_id)

    assert scene.states() == ["withdrawn"]


# Moderation.

MATRIX = [
    # moderation, who, outcome, reasons
    ("none", {}, "confirmed", []),
    ("none", NGO, "confirmed", []),
    ("none", UNPROVED, "confirmed", []),
    ("organisations", {}, "confirmed", []),
    ("organisations", NGO, "confirmed", []),
    ("organisations", UNPROVED, "held", ["rule:unproved-domain"]),
    ("all", {}, "held", ["rule:all"]),
    ("all", NGO, "held", ["rule:all"]),
    ("all", UNPROVED, "held", ["rule:all"]),
]


@pytest.mark.parametrize(("moderation", "who", "outcome", "why"), MATRIX)
def test_the_email_that_follows_is_in_the_outbox_with_the_confirmation(scene, moderation, who, outcome, why):
    moderated = scene.publish("moderated", f'moderation = "{moderation}"')
    signature_id = moderated.signed(**who, locale="fr")
    moderated.confirm(signature_id)  # a second press

    [asked, told] = moderated.emails()
    assert told["kind"] == ("held" if outcome == "held" else "thanks")
    same = ("signature_id", "statement_id", "locale", "email_key", "sealed_to")
    assert {name: told[name] for name in same} == {name: asked[name] for name in same}
    assert told["message_id"] != asked["message_id"]


@pytest.mark.parametrize(("moderation", "who", "outcome", "why"), MATRIX)
def test_who_is_held_is_what_the_statement_says(scene, moderation, who, outcome, why):
    moderated = scene.publish("moderated", f'moderation = "{moderation}"')
    signature_id = moderated.sign(**who)

    assert moderated.confirm(signature_id) == outcome

    assert (moderated.get(signature_id).state, moderated.reasons(signature_id)) == (outcome, why)
    kind = 1 if who else 0
    expected = [0, 0, 1] if outcome == "held" else [1 - kind, kind, 0]
    assert list(moderated.counts()) == expected
    assert moderated.confirm(signature_id) == outcome  # a second press says the same


@pytest.mark.parametrize("moderation", ["none", "organisations"])
def test_an_organisation_that_is_on_the_list_already_is_held(scene, moderation):
    moderated = scene.publish("moderated", f'moderation = "{moderation}"')
    moderated.signed(**NGO)

    second = moderated.sign(**{**NGO, "organisation": "NGO “River-Watch”", "email": "other@riverwatch.example"})

    assert moderated.confirm(second) == "held"
    assert moderated.reasons(second) == ["rule:same-organisation"]
    assert moderated.counts() == (0, 1, 1)


# Consent, and what is kept.


def test_the_words_of_consent_are_kept_as_they_were_once_for_all_who_read_them(scene):
    french = Consent("fr", "Je signe cette déclaration.\nMon nom peut être publié.")
    for number, consent in enumerate([CONSENT, french, CONSENT]):
        scene.confirm(scene.sign(email=f"signer{number}@rivers.example"), consent=consent)

    wordings = scene.rows("SELECT id, purpose, locale, body FROM wordings ORDER BY id")
    assert [(row["locale"], row["body"]) for row in wordings] == [("en", CONSENT.body), ("fr", french.body)]
    agreed = [row["consent_id"] for row in scene.rows("SELECT consent_id FROM signatures ORDER BY id")]
    assert agreed == [wordings[0]["id"], wordings[1]["id"], wordings[0]["id"]]


def test_a_change_of_one_letter_is_another_wording(scene):
    for number, body in enumerate(["I sign.", "I sign!"]):
        scene.confirm(scene.sign(email=f"signer{number}@rivers.example"), consent=Consent("en", body))

    assert len(scene.rows("SELECT id FROM wordings")) == 2


def test_the_address_goes_when_the_signature_is_confirmed(scene):
    signature_id = scene.sign()
    assert address_of(scene, signature_id) == "ani@rivers.example"

    scene.confirm(signature_id)

    assert address_of(scene, signature_id) is None


@pytest.mark.parametrize(
    ("front_matter", "fields"),
    [("newsletter = true", {"newsletter": True}), ('moderation = "all"', {}), ("keep_contacts = true", {})],
)
def test_the_address_stays_where_a_reason_stands(scene, front_matter, fields):
    keeping = scene.publish("keeping", front_matter)
    signature_id = keeping.sign(**fields)

    keeping.confirm(signature_id)

    assert address_of(keeping, signature_id) == "ani@rivers.example"
    assert keeping.rows("SELECT erase_at FROM contacts") == [{"erase_at": None}]


def test_a_newsletter_is_nobodys_before_the_mailbox_says_yes(scene):
    scene.sign(newsletter=True)

    [contact] = scene.rows("SELECT erase_at FROM contacts")
    assert contact["erase_at"] == scene.clock() + 14 * DAY_S


def test_an_address_that_has_signed_before_goes_at_once_too(scene):
    scene.signed()
    again = scene.sign()

    assert scene.confirm(again) == "already"

    assert scene.rows("SELECT signature_id FROM contacts") == []


# The end of a statement.


def close_by_hand(scene: Scene) -> None:
    statements.close_statement(scene.db, scene.statement.slug, actor="kate", now=scene.clock())


def run_out(scene: Scene) -> None:
    scene.run("UPDATE statements SET closes_at = :now WHERE id = :id", now=scene.clock(), id=scene.statement.id)


@pytest.mark.parametrize("end", [close_by_hand, run_out])
@pytest.mark.parametrize(("later_s", "works"), [(0, True), (DAY_S - 1, True), (DAY_S, False), (30 * DAY_S, False)])
def test_a_link_works_until_a_day_after_the_end(scene, clock, end: Callable[[Scene], None], later_s, works):
    signature_id = scene.sign()
    end(scene)
    clock.forward(seconds=later_s)

    if works:
        assert scene.confirm(signature_id) == "confirmed"
    else:
        with pytest.raises(StatementClosed):
            scene.confirm(signature_id)
        assert scene.states() == ["pending"]
        assert scene.rows("SELECT id FROM wordings") == []


def test_who_has_confirmed_is_told_so_however_long_after_the_end(scene, clock):
    signature_id = scene.signed()
    close_by_hand(scene)
    clock.forward(days=100)

    assert scene.confirm(signature_id) == "confirmed"
