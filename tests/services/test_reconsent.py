"""Keep: a name stands under the new edition because its signer says so, in words that are kept."""

import json

import pytest

from server.errors import LinkInvalid
from server.services import moderation
from server.services.confirm import Consent
from server.services.signers import change_signature, erase_signature, reconsent_signature, withdraw_signature
from server.services.texts import TextMoved
from tests.editing import mend, rewrite, versions_signed
from tests.scene import CONSENT, Scene

AGREED = Consent("en", "I sign the new text.")


def keep_own(scene: Scene, signature_id: int, seen: str) -> bool:
    return reconsent_signature(scene.db, scene.ref(signature_id), seen=seen, consent=AGREED, now=scene.clock())


@pytest.mark.parametrize("state", ["confirmed", "held"])
def test_a_name_stands_under_the_new_text_with_the_words_that_were_ticked(scene, clock, state):
    signature_id = scene.signed()
    if state == "held":
        moderation.hold_signature(scene.db, "open-rivers", signature_id, actor="kate", reason=None, now=clock())
    counts = scene.counts()
    text = rewrite(scene, "We demand dams.").text

    assert keep_own(scene, signature_id, text.sha256)

    assert (scene.get(signature_id).text_id, scene.get(signature_id).state) == (text.id, state)
    [consent] = scene.rows("SELECT body FROM wordings JOIN signatures ON consent_id = wordings.id")
    assert consent["body"] == AGREED.body
    assert scene.counts() == counts
    row = scene.rows("SELECT * FROM journal JOIN journal_details ON journal_id = id ORDER BY id DESC LIMIT 1")[0]
    assert (row["actor"], row["verb"], row["subject"]) == ("signer", "signature.keep", f"signature:{signature_id}")
    assert json.loads(row["after"]) == text.sha256 != json.loads(row["before"])


def test_a_second_press_changes_nothing(scene):
    signature_id = scene.signed()
    text = rewrite(scene, "We demand dams.").text
    keep_own(scene, signature_id, text.sha256)
    journal = scene.journal()

    assert not keep_own(scene, signature_id, text.sha256)
    assert scene.journal() == journal


def test_nobody_is_moved_to_a_text_that_they_have_not_seen(scene):
    signature_id = scene.signed()
    seen = rewrite(scene, "We demand dams.").text.sha256
    newest = rewrite(scene, "We demand higher dams.").text

    with pytest.raises(TextMoved):
        keep_own(scene, signature_id, seen)
    assert versions_signed(scene) == [1]

    assert keep_own(scene, signature_id, newest.sha256)
    assert versions_signed(scene) == [3]


def test_after_a_mended_typo_there_is_nothing_to_keep(scene):
    signature_id = scene.signed()
    text = mend(scene, "We ask for open rivers.").text

    assert not keep_own(scene, signature_id, text.sha256)
    assert versions_signed(scene) == [1]


def test_to_amend_a_line_does_not_change_the_edition(scene, clock):
    signature_id = scene.signed()
    rewrite(scene, "We demand dams.")

    change_signature(scene.db, scene.ref(signature_id), {"name": "Ani G."}, consent=CONSENT, now=clock())

    assert versions_signed(scene) == [1]


def test_what_was_withdrawn_stays_withdrawn(scene, clock):
    signature_id = scene.signed()
    text = rewrite(scene, "We demand dams.").text
    withdraw_signature(scene.db, scene.ref(signature_id), shown=True, now=clock())

    assert not keep_own(scene, signature_id, text.sha256)
    assert (scene.get(signature_id).state, versions_signed(scene)) == ("withdrawn", [1])


def test_a_link_that_leads_nowhere_keeps_nothing(scene, clock):
    signature_id, pending = scene.signed(), scene.sign(email="other@rivers.example")
    text = rewrite(scene, "We demand dams.").text
    ref = scene.ref(signature_id)
    erase_signature(scene.db, ref, now=clock())

    for nowhere in (ref, scene.ref(pending)):
        with pytest.raises(LinkInvalid):
            reconsent_signature(scene.db, nowhere, seen=text.sha256, consent=AGREED, now=clock())
