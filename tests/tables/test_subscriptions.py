"""Subscriptions: ticked, confirmed, withdrawn; only live ones are anybody's to write to."""

import pytest

from server.tables import partners, signatures, texts
from server.tables.signatures import ORGANISER
from tests.tables.rows import ANI_KEY, NOW, add_confirmed, add_pending, add_statement

WORDS = "River Watch may write me"


@pytest.fixture
def watch(tx, statement) -> int:
    return partners.get_of(tx, statement.id, "river-watch").id


def tick(tx, signature, partner_id: int = ORGANISER, words: str = WORDS) -> None:
    """Tick a box, and have the address for it."""
    wording_id = texts.get_or_add_wording(tx, "newsletter", "en", words, partner_id=partner_id or None, now=NOW)
    signatures.add_subscription(tx, signature.id, partner_id=partner_id, wording_id=wording_id)
    if signatures.find_contact(tx, signature.id) is None:
        signatures.add_contact(tx, signature.id, sealed=b"sealed", key_id="k", erase_at=NOW)


def live(tx, signature) -> list[str | None]:
    """Whose news a signature asks for, by the partner's short name."""
    return [found.partner for found in signatures.list_subscriptions(tx, signature.id) if found.is_live]


def written_to(tx, statement, partner_id: int = ORGANISER, *, after: int = 0, fence: int = 999, most: int = 9):
    rows = signatures.list_subscribers(tx, statement.id, partner_id, after=after, fence=fence, most=most)
    return [row["id"] for row in rows]


def test_what_was_ticked_comes_with_its_words_and_serves_for_nothing_yet(tx, statement, watch):
    signature = add_confirmed(tx, statement, 1)
    tick(tx, signature, watch)

    [found] = signatures.list_subscriptions(tx, signature.id)
    assert (found.partner, found.name, found.wording, found.locale) == ("river-watch", "River Watch", WORDS, "en")
    assert (found.worded_at, found.confirmed_at, found.is_live) == (NOW, None, False)
    assert written_to(tx, statement, watch) == []


def test_it_is_confirmed_once(tx, statement, watch):
    signature = add_confirmed(tx, statement, 1)
    tick(tx, signature)
    tick(tx, signature, watch)

    assert [signatures.confirm_subscriptions(tx, signature.id, now=NOW + later) for later in (5, 9)] == [2, 0]
    assert [found.confirmed_at for found in signatures.list_subscriptions(tx, signature.id)] == [NOW + 5, NOW + 5]
    assert live(tx, signature) == [None, "river-watch"]


def test_what_was_withdrawn_before_is_not_confirmed(tx, statement):
    signature = add_pending(tx, statement)
    tick(tx, signature)
    signatures.end_subscription(tx, signature.id, partner_id=ORGANISER, now=NOW)

    assert signatures.confirm_subscriptions(tx, signature.id, now=NOW) == 0
    assert live(tx, signature) == []


def test_one_is_withdrawn_alone_and_all_together(tx, statement, watch):
    signature = add_confirmed(tx, statement, 1)
    tick(tx, signature)
    tick(tx, signature, watch)
    signatures.confirm_subscriptions(tx, signature.id, now=NOW)

    assert signatures.end_subscription(tx, signature.id, partner_id=watch, now=NOW + 1) == 1
    assert live(tx, signature) == [None]
    assert signatures.end_subscription(tx, signature.id, partner_id=None, now=NOW + 2) == 1
    assert [found.withdrawn_at for found in signatures.list_subscriptions(tx, signature.id)] == [NOW + 2, NOW + 1]
    assert signatures.end_subscription(tx, signature.id, partner_id=None, now=NOW + 3) == 0


def test_only_those_of_this_partner_and_this_statement_may_be_written_to(tx, statement, watch):
    [mine, theirs] = [add_confirmed(tx, statement, number) for number in (1, 2)]
    tick(tx, mine)
    tick(tx, theirs, watch)
    for signature in (mine, theirs):
        signatures.confirm_subscriptions(tx, signature.id, now=NOW)

    assert written_to(tx, statement) == [mine.id]
    assert written_to(tx, statement, watch) == [theirs.id]
    assert signatures.list_subscribers(tx, add_statement(tx, "x"), ORGANISER, after=0, fence=999, most=9) == []


@pytest.mark.parametrize("gone", ["withdrawn", "held", "removed", "address"])
def test_nobody_is_written_to_for_whom_something_speaks_against_it(tx, statement, gone):
    signature = add_confirmed(tx, statement, 1)
    tick(tx, signature)
    signatures.confirm_subscriptions(tx, signature.id, now=NOW)
    assert written_to(tx, statement) == [signature.id]

    match gone:
        case "withdrawn":
            signatures.end_subscription(tx, signature.id, partner_id=ORGANISER, now=NOW)
        case "held":
            signatures.hold(tx, signature.id, now=NOW)
        case "removed":
            signatures.remove(tx, signature.id, now=NOW)
        case _:
            signatures.erase_contact(tx, signature.id)

    assert written_to(tx, statement) == []


def test_many_are_walked_by_their_ids_up_to_the_fence(tx, statement):
    ids = []
    for number in range(5):
        signature = add_confirmed(tx, statement, number)
        tick(tx, signature)
        signatures.confirm_subscriptions(tx, signature.id, now=NOW)
        ids.append(signature.id)

    assert written_to(tx, statement, most=2) == ids[:2]
    assert written_to(tx, statement, after=ids[1], fence=ids[3]) == ids[2:4]


def test_what_is_erased_and_what_hung_on_a_pending_signature_is_gone(tx, statement, watch):
    mine, pending = add_confirmed(tx, statement, 1), add_pending(tx, statement, email_key=ANI_KEY)
    tick(tx, mine, watch)
    tick(tx, pending)

    signatures.erase_subscriptions(tx, mine.id)
    signatures.delete_same_pendings(tx, pending)

    assert tx.rows("SELECT signature_id FROM subscriptions", {}) == []
    assert len(tx.rows("SELECT id FROM wordings WHERE purpose = 'newsletter'", {})) == 2


def test_only_live_ones_of_that_partner_and_statement_are_counted(tx, statement, watch):
    mine = [add_confirmed(tx, statement, number) for number in range(5)]
    for signature in mine:
        tick(tx, signature, watch)
        tick(tx, signature)
    for signature in mine[:4]:
        signatures.confirm_subscriptions(tx, signature.id, now=NOW)
    signatures.end_subscription(tx, mine[0].id, partner_id=watch, now=NOW)
    signatures.remove(tx, mine[1].id, now=NOW)

    assert signatures.count_subscribers(tx, statement.id, watch) == 2
    assert signatures.count_subscribers(tx, add_statement(tx, "other"), watch) == 0
