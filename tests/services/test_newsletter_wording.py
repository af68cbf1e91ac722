"""Newsletters: a consent of its own for each, kept in its very words; it acts once confirmed, until it is withdrawn."""

import pytest

from server.errors import NotFound
from server.services import moderation
from server.services.partners import add_partner, set_newsletter_wording
from server.services.scheduled import prune_expired
from server.services.sign import sign
from server.services.signers import erase_signature, unsubscribe_signer, withdraw_signature
from server.tables import partners, signatures
from server.tables.signatures import PENDING_LIFETIME
from server.text import translations
from tests.scene import RIVER_NEWS, Scene, SpyStore, submission
from tests.services.addressed import every_kind_of_address

OURS = "Send me news about this statement"
ASKED = "SELECT signature_id, partner_id, confirmed_at, withdrawn_at FROM subscriptions ORDER BY partner_id"


@pytest.fixture
def here(scene) -> Scene:
    """All sign on a page of River Watch, in English."""
    return scene.through_partner


def word(scene: Scene, wording: str, *, locale: str = "en", partner: str = "river-watch") -> bool:
    return set_newsletter_wording(scene.db, "open-rivers", partner, locale, wording, actor="kate", now=scene.clock())


def wordings(scene: Scene) -> list[tuple[str, str, int | None]]:
    found = scene.rows("SELECT locale, body, partner_id FROM wordings WHERE purpose = 'newsletter' ORDER BY id")
    return [(row["locale"], row["body"], row["partner_id"]) for row in found]


def live(scene: Scene, signature_id: int) -> list[str | None]:
    """Whose news a signature is subscribed to, by short name; None is the organiser."""
    with scene.db.read() as tx:
        return [found.partner for found in signatures.list_subscriptions(tx, signature_id) if found.is_live]


def has_address(scene: Scene, signature_id: int) -> bool:
    with scene.db.read() as tx:
        return signatures.find_contact(tx, signature_id) is not None


# the words beside the box


def test_the_words_of_a_partner_are_stored_and_told_to_the_journal(scene):
    assert [word(scene, RIVER_NEWS), word(scene, "Écrivez-moi", locale="fr"), word(scene, "Write me!")] == [True] * 3

    with scene.db.read() as tx:
        assert partners.get_of(tx, scene.statement.id, "river-watch").newsletters == {
            "en": "Write me!",
            "fr": "Écrivez-moi",
        }
    assert scene.journal()[-1] == ("partner.newsletter", "partner:river-watch", None)
    [*_, told] = scene.rows("SELECT before, after FROM journal_details ORDER BY journal_id")
    assert told == {"before": f'{{"en": "{RIVER_NEWS}"}}', "after": '{"en": "Write me!"}'}


def test_no_words_take_the_box_away(scene):
    word(scene, RIVER_NEWS)

    assert [word(scene, ""), word(scene, "")] == [True, False]
    with scene.db.read() as tx:
        assert partners.get_of(tx, scene.statement.id, "river-watch").newsletters == {}


def test_the_same_words_again_change_nothing(scene):
    word(scene, RIVER_NEWS)
    before = scene.journal()

    assert word(scene, RIVER_NEWS) is False
    assert scene.journal() == before


def test_kept_answers_of_every_statement_with_that_partner_are_asked_for_again(scene):
    scene.publish("clean-air")
    scene.publish("somebody-elses")
    add_partner(scene.db, "clean-air", "river-watch", name="R", origins=[], actor="kate", now=scene.clock())
    stamps = "SELECT slug, stamp FROM statements"
    before = {row["slug"]: row["stamp"] for row in scene.rows(stamps)}

    word(scene, RIVER_NEWS)

    touched = {row["slug"] for row in scene.rows(stamps) if row["stamp"] != before[row["slug"]]}
    assert touched == {"open-rivers", "clean-air"}


@pytest.mark.parametrize("wrong", [{"locale": "de"}, {"partner": "nobody"}])
def test_a_language_without_a_text_and_a_stranger_are_refused(scene, wrong):
    with pytest.raises(NotFound):
        word(scene, RIVER_NEWS, **wrong)

    assert scene.rows("SELECT newsletters FROM partners") == [{"newsletters": "{}"}]


# signing


def test_each_box_is_kept_in_its_very_words_and_serves_for_nothing_yet(here):
    signature_id = here.sign(newsletter=True, partner_newsletter=RIVER_NEWS)

    assert wordings(here) == [("en", OURS, None), ("en", RIVER_NEWS, 1)]
    nothing = {"signature_id": signature_id, "confirmed_at": None, "withdrawn_at": None}
    assert here.rows(ASKED) == [nothing | {"partner_id": 0}, nothing | {"partner_id": 1}]
    assert live(here, signature_id) == []


@pytest.mark.parametrize(
    ("ticked", "whose"),
    [({}, []), ({"newsletter": True}, [None]), ({"partner_newsletter": RIVER_NEWS}, ["river-watch"])],
)
def test_one_box_is_no_consent_to_the_other(here, ticked, whose):
    assert live(here, here.signed(**ticked)) == whose
    assert len(wordings(here)) == len(whose)


def test_the_words_are_those_of_the_language_that_was_read_whatever_was_sent(here):
    context, [_, french] = here.context, here.rows("SELECT id FROM statement_texts ORDER BY id")
    sent = submission(locale="en", newsletter=True, partner_newsletter="Écrivez-moi")
    claim = here.claim._replace(text_id=french["id"])
    sign(here.db, here.statement, claim, sent, keys=context.keys, sealer=context.sealer, now=here.clock())

    assert wordings(here) == [("fr", translations.text("fr", "field.newsletter"), None), ("fr", "Écrivez-moi", 1)]


def test_a_retry_subscribes_once(here):
    sent = submission(newsletter=True, partner_newsletter=RIVER_NEWS)
    for _ in range(3):
        here.submit(sent)

    assert len(here.rows(ASKED)) == 2


def test_who_ticks_makes_the_same_work_whatever_the_address(here):
    here.sign(newsletter=True, partner_newsletter=RIVER_NEWS)  # stores the words, which nobody saw before
    works = set()
    for email in every_kind_of_address(here):
        spy = SpyStore(here.db)
        here.submit(submission(email=email, newsletter=True, partner_newsletter=RIVER_NEWS), db=spy)
        works.add(tuple(spy.said))

    [work] = works
    assert len(work) == 6 + 1 + 2 * 2  # what every sign does, the text's language, and for each box words and row


# confirming, and what it keeps


def test_a_confirmation_lets_it_act_and_the_address_stay(here, clock):
    signature_id = here.sign(partner_newsletter=RIVER_NEWS)
    clock.forward(hours=2)
    here.confirm(signature_id)

    assert live(here, signature_id) == ["river-watch"]
    assert [row["confirmed_at"] for row in here.rows(ASKED)] == [clock()]
    assert here.rows("SELECT erase_at FROM contacts") == [{"erase_at": None}]


def test_without_a_box_the_address_goes(here):
    """The twin: it is the box that keeps it."""
    assert not has_address(here, here.signed())


def test_a_pending_one_keeps_no_address(here, clock):
    here.sign(newsletter=True, partner_newsletter=RIVER_NEWS)
    clock.forward(seconds=int(PENDING_LIFETIME.total_seconds()) + 1)
    here.run("UPDATE outbox SET sent_at = 1")

    prune_expired(here.db, now=clock())

    assert [here.rows(f"SELECT * FROM {table}") for table in ("contacts", "signatures", "subscriptions")] == [[]] * 3


def test_later_words_change_nothing_of_what_was_agreed_to(here):
    word(here, RIVER_NEWS)
    signature_id = here.signed(partner_newsletter=RIVER_NEWS)
    word(here, "River Watch and its friends may call me at night.")

    with here.db.read() as tx:
        [found] = signatures.list_subscriptions(tx, signature_id)
    assert (found.wording, found.is_live) == (RIVER_NEWS, True)


def test_what_was_held_keeps_its_address_for_the_partner_after_it_was_approved(here):
    there = here.publish("watched", 'moderation = "all"').through_partner
    signature_id = there.signed(partner_newsletter=RIVER_NEWS)
    assert there.get(signature_id).state == "held"

    moderation.approve_signature(
        there.db, "watched", signature_id, seen=None, actor="kate", reason=None, now=there.clock()
    )

    assert has_address(there, signature_id)


# stopping


@pytest.mark.parametrize(("stopped", "left"), [(0, ["river-watch"]), (1, [None])])
def test_one_stops_alone_and_the_address_stays_for_the_other(here, clock, stopped, left):
    signature_id = here.signed(newsletter=True, partner_newsletter=RIVER_NEWS)
    clock.forward(hours=1)

    unsubscribe_signer(here.db, here.ref(signature_id), partner_id=stopped, now=clock())

    assert (live(here, signature_id), has_address(here, signature_id)) == (left, True)
    assert here.get(signature_id).newsletter is (stopped == 1)
    assert [row["withdrawn_at"] for row in here.rows(ASKED)] == [clock() if one == stopped else None for one in (0, 1)]
    assert here.journal()[-1][0] == ("signature.stop-partner-news" if stopped else "signature.stop-news")


def test_with_the_last_of_them_the_address_goes(here):
    signature_id = here.signed(newsletter=True, partner_newsletter=RIVER_NEWS)
    for partner_id in (1, 0):
        unsubscribe_signer(here.db, here.ref(signature_id), partner_id=partner_id, now=here.clock())

    assert not has_address(here, signature_id)


def test_what_was_stopped_before_the_confirmation_does_not_begin_with_it(here):
    signature_id = here.sign(newsletter=True)
    unsubscribe_signer(here.db, here.ref(signature_id), now=here.clock())

    here.confirm(signature_id)

    assert (live(here, signature_id), has_address(here, signature_id)) == ([], False)


def test_news_of_a_partner_that_nobody_asked_for_are_no_error(here):
    signature_id = here.signed(newsletter=True)
    before = here.journal()

    unsubscribe_signer(here.db, here.ref(signature_id), partner_id=1, now=here.clock())

    assert (here.journal(), live(here, signature_id)) == (before, [None])


def test_who_withdraws_the_signature_gets_no_news_and_the_proof_stays(here, clock):
    signature_id = here.signed(newsletter=True, partner_newsletter=RIVER_NEWS)
    clock.forward(days=1)

    withdraw_signature(here.db, here.ref(signature_id), shown=False, now=clock())

    assert live(here, signature_id) == []
    assert [row["withdrawn_at"] for row in here.rows(ASKED)] == [clock(), clock()]


def test_who_is_forgotten_leaves_no_subscription(here):
    one = here.signed(newsletter=True)
    other = here.signed(email="aram@rivers.example", newsletter=True, partner_newsletter=RIVER_NEWS)

    erase_signature(here.db, here.ref(one), now=here.clock())

    assert {row["signature_id"] for row in here.rows(ASKED)} == {other}
