"""Confirm: what the owner of a mailbox makes of a pending signature, once."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.actions import moderate, publish
from server.actions.confirm import Consent, confirm
from server.errors import LinkInvalid, StatementClosed
from server.links import SignatureRef
from server.records import contacts, holds
from server.storage import Conflict
from tests.scene import CONSENT, NGO, UNPROVED, Desk

THREADS, RACES = 16, 50
DAY_S = 24 * 3600


def address_of(desk: Desk, signature_id: int) -> str | None:
    with desk.db.read() as tx:
        sealed = contacts.find(tx, signature_id)
    return None if sealed is None else desk.services.sealer.unseal(sealed, purpose=contacts.SEALED_FOR)


def reasons(desk: Desk, signature_id: int) -> list[str]:
    with desk.db.read() as tx:
        return holds.list_live(tx, signature_id)


def test_a_confirmed_signature_is_counted_and_listed_once(desk, clock):
    signature_id = desk.sign()
    clock.forward(minutes=5)

    assert desk.confirm(signature_id) == "confirmed"

    signature = desk.get(signature_id)
    assert (signature.state, signature.confirmed_at) == ("confirmed", clock())
    assert desk.counts() == (1, 0, 0)


def test_a_second_yes_is_harmless(desk, clock):
    signature_id = desk.signed()
    first = desk.get(signature_id)
    clock.forward(days=3)

    assert desk.confirm(signature_id) == "confirmed"

    assert desk.get(signature_id) == first
    assert desk.counts() == (1, 0, 0)


def test_a_yes_changes_what_the_public_sees(desk):
    before = desk.at("open-rivers").statement.stamp

    desk.signed()

    assert desk.at("open-rivers").statement.stamp > before


def test_a_link_with_another_nonce_leads_nowhere(desk):
    signature_id = desk.sign()
    forged = SignatureRef(signature_id, bytes(16))

    with pytest.raises(LinkInvalid):
        confirm(desk.db, forged, consent=CONSENT, now=desk.clock())

    assert desk.states() == ["pending"]


def test_a_link_to_no_row_leads_nowhere(desk):
    with pytest.raises(LinkInvalid):
        confirm(desk.db, SignatureRef(7, bytes(16)), consent=CONSENT, now=desk.clock())


@pytest.mark.parametrize("was_confirmed", [True, False])
def test_a_removed_signature_is_not_called_confirmed(desk, was_confirmed):
    signature_id = desk.signed() if was_confirmed else desk.sign()
    moderate.remove(desk.db, "open-rivers", signature_id, actor="kate", reason="fake", now=desk.clock())

    with pytest.raises(LinkInvalid):
        desk.confirm(signature_id)

    assert desk.states() == ["removed"]


def test_a_withdrawn_signature_does_not_come_back_by_its_old_link(desk):
    signature_id = desk.sign()
    desk.run("UPDATE signatures SET withdrawn_at = 1 WHERE id = :id", id=signature_id)

    with pytest.raises(LinkInvalid):
        desk.confirm(signature_id)

    assert desk.states() == ["withdrawn"]


# Seats: the same name once, a second name once, never a third.


def test_a_mailbox_signs_under_two_names_and_never_a_third(desk):
    outcomes = [desk.confirm(desk.sign(name=name)) for name in ("Ani", "Aram", "Astghik")]

    assert outcomes == ["confirmed", "confirmed", "no-seat"]
    assert desk.states() == ["confirmed", "confirmed", "pending"]
    assert desk.counts() == (2, 0, 0)


def test_the_same_name_signs_once_however_it_is_written(desk):
    first = desk.signed(name="Anna-Maria O’Neil")

    second = desk.sign(name="anna maria  o'neil")

    assert desk.confirm(second) == "already"
    assert desk.states() == ["confirmed", "pending"]
    assert desk.confirm(first) == "confirmed"


def test_all_aliases_of_a_mailbox_share_its_seats(desk):
    for alias, name in (("a.ni@gmail.com", "Ani"), ("ani+2@gmail.com", "Aram")):
        desk.signed(email=alias, name=name)

    assert desk.confirm(desk.sign(email="an.i@googlemail.com", name="Astghik")) == "no-seat"


def test_a_mailbox_has_one_seat_where_the_statement_says_so(desk):
    strict = desk.publish("strict", "mailbox_seats = 1")

    assert strict.confirm(strict.sign(name="Ani")) == "confirmed"
    assert strict.confirm(strict.sign(name="Aram")) == "no-seat"


def test_seats_are_those_of_one_statement(desk):
    other = desk.publish("clean-air")
    desk.signed()

    assert other.confirm(other.sign()) == "confirmed"


def test_a_removed_signature_keeps_its_seat_and_a_withdrawn_one_frees_it(desk):
    removed = desk.signed(name="Ani")
    moderate.remove(desk.db, "open-rivers", removed, actor="kate", reason=None, now=desk.clock())
    assert desk.confirm(desk.sign(name="Ani")) == "already"

    withdrawn = desk.signed(name="Aram")
    desk.run("UPDATE signatures SET withdrawn_at = 1 WHERE id = :id", id=withdrawn)

    assert desk.confirm(desk.sign(name="Aram")) == "confirmed"


def test_confirming_deletes_only_the_pendings_of_the_same_mailbox_and_name(desk):
    same = [desk.sign(email="a.ni@gmail.com", name=name) for name in ("Ani", "ANI")]
    others = [
        desk.sign(email="ani@gmail.com", name="Aram"),
        desk.sign(email="ani@rivers.example", name="Ani"),
        desk.publish("clean-air").sign(email="ani@gmail.com", name="Ani"),
    ]

    confirmed = desk.signed(email="an.i@gmail.com", name="Ani")

    left = [row["id"] for row in desk.rows("SELECT id FROM signatures ORDER BY id")]
    assert left == [*others, confirmed]
    assert [row["signature_id"] for row in desk.rows("SELECT signature_id FROM contacts ORDER BY 1")] == others
    assert same[0] not in left


# Races: the database decides, so that threads and processes cannot.


def race(desk: Desk, pool: ThreadPoolExecutor, names: tuple[str, str], number: int) -> Counter[str]:
    """Two pendings of one mailbox, confirmed by many threads at one moment; returns what the rows became."""
    emails = (f"ani{number}@gmail.com", f"a.ni{number}+2@gmail.com")
    refs = [desk.ref(desk.sign(email=email, name=name)) for email, name in zip(emails, names, strict=True)]
    key = desk.get(refs[0].id).email_key
    start = threading.Barrier(THREADS)

    def press(turn: int) -> None:
        start.wait(timeout=30)
        try:
            confirm(desk.db, refs[turn % 2], consent=CONSENT, now=desk.clock())
        except LinkInvalid:
            assert names[0] == names[1]  # the winner's twin is gone

    list(pool.map(press, range(THREADS)))
    rows = desk.rows("SELECT state FROM signatures WHERE email_key = :key", key=key)
    return Counter(row["state"] for row in rows)


def test_two_rows_of_one_mailbox_and_name_become_exactly_one_signature(desk):
    with ThreadPoolExecutor(THREADS) as pool:
        ends = [race(desk, pool, ("Ani", "Ani"), number) for number in range(RACES)]

    assert ends == [Counter(confirmed=1)] * RACES
    assert desk.counts() == (RACES, 0, 0)


def test_two_names_of_one_mailbox_become_two_signatures_and_one_where_there_is_one_seat(desk):
    strict = desk.publish("strict", "mailbox_seats = 1")
    with ThreadPoolExecutor(THREADS) as pool:
        for number in range(5):
            assert race(desk, pool, ("Ani", "Aram"), number) == Counter(confirmed=2)
            assert race(strict, pool, ("Ani", "Aram"), 100 + number) == Counter(confirmed=1, pending=1)


def naive_confirm(desk: Desk, signature_id: int, both_have_looked: threading.Barrier) -> None:
    """Look in Python, then write: what the indexes are there for."""
    signature = desk.get(signature_id)
    taken = desk.rows(
        "SELECT id FROM signatures WHERE email_key = :key AND confirmed_at IS NOT NULL", key=signature.email_key
    )
    both_have_looked.wait(timeout=30)
    if not taken:
        desk.run("UPDATE signatures SET confirmed_at = 1 WHERE id = :id", id=signature_id)


@pytest.mark.parametrize(("indexed", "confirmed"), [(True, 1), (False, 2)])
def test_a_confirm_that_looks_first_counts_one_mailbox_twice_unless_the_indexes_stop_it(desk, indexed, confirmed):
    rows = [desk.sign(), desk.sign()]
    if not indexed:
        desk.run("DROP INDEX one_seat")
        desk.run("DROP INDEX one_name")
    both = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(naive_confirm, desk, row, both) for row in rows]
        errors = [each.exception() for each in tries]

    assert desk.states().count("confirmed") == confirmed
    assert [isinstance(error, Conflict) for error in errors].count(True) == 2 - confirmed


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
def test_who_is_held_is_what_the_statement_says(desk, moderation, who, outcome, why):
    moderated = desk.publish("moderated", f'moderation = "{moderation}"')
    signature_id = moderated.sign(**who)

    assert moderated.confirm(signature_id) == outcome

    assert (moderated.get(signature_id).state, reasons(moderated, signature_id)) == (outcome, why)
    kind = 1 if who else 0
    expected = [0, 0, 1] if outcome == "held" else [1 - kind, kind, 0]
    assert list(moderated.counts()) == expected
    assert moderated.confirm(signature_id) == outcome  # a second press says the same


@pytest.mark.parametrize("moderation", ["none", "organisations"])
def test_an_organisation_that_is_on_the_list_already_is_held(desk, moderation):
    moderated = desk.publish("moderated", f'moderation = "{moderation}"')
    moderated.signed(**NGO)

    second = moderated.sign(**{**NGO, "organisation": "NGO “River-Watch”", "email": "other@riverwatch.example"})

    assert moderated.confirm(second) == "held"
    assert reasons(moderated, second) == ["rule:same-organisation"]
    assert moderated.counts() == (0, 1, 1)


# Consent, and what is kept.


def test_the_words_of_consent_are_kept_as_they_were_once_for_all_who_read_them(desk):
    french = Consent("fr", "Je signe cette déclaration.\nMon nom peut être publié.")
    for number, consent in enumerate([CONSENT, french, CONSENT]):
        desk.confirm(desk.sign(email=f"signer{number}@rivers.example"), consent=consent)

    wordings = desk.rows("SELECT id, purpose, locale, body FROM wordings ORDER BY id")
    assert [(row["locale"], row["body"]) for row in wordings] == [("en", CONSENT.body), ("fr", french.body)]
    agreed = [row["consent_id"] for row in desk.rows("SELECT consent_id FROM signatures ORDER BY id")]
    assert agreed == [wordings[0]["id"], wordings[1]["id"], wordings[0]["id"]]


def test_a_change_of_one_letter_is_another_wording(desk):
    for number, body in enumerate(["I sign.", "I sign!"]):
        desk.confirm(desk.sign(email=f"signer{number}@rivers.example"), consent=Consent("en", body))

    assert len(desk.rows("SELECT id FROM wordings")) == 2


def test_the_address_goes_when_the_signature_is_confirmed(desk):
    signature_id = desk.sign()
    assert address_of(desk, signature_id) == "ani@rivers.example"

    desk.confirm(signature_id)

    assert address_of(desk, signature_id) is None


@pytest.mark.parametrize(
    ("front_matter", "fields"),
    [("newsletter = true", {"newsletter": True}), ('moderation = "all"', {}), ("keep_contacts = true", {})],
)
def test_the_address_stays_where_a_reason_stands(desk, front_matter, fields):
    keeping = desk.publish("keeping", front_matter)
    signature_id = keeping.sign(**fields)

    keeping.confirm(signature_id)

    assert address_of(keeping, signature_id) == "ani@rivers.example"
    assert keeping.rows("SELECT erase_at FROM contacts") == [{"erase_at": None}]


def test_a_newsletter_is_nobodys_before_the_mailbox_says_yes(desk):
    desk.sign(newsletter=True)

    [contact] = desk.rows("SELECT erase_at FROM contacts")
    assert contact["erase_at"] == desk.clock() + 14 * DAY_S


def test_an_address_that_has_signed_before_goes_at_once_too(desk):
    desk.signed()
    again = desk.sign()

    assert desk.confirm(again) == "already"

    assert desk.rows("SELECT signature_id FROM contacts") == []


# The end of a statement.


def close_by_hand(desk: Desk) -> None:
    publish.close_statement(desk.db, desk.statement.slug, actor="kate", now=desk.clock())


def run_out(desk: Desk) -> None:
    desk.run("UPDATE statements SET closes_at = :now WHERE id = :id", now=desk.clock(), id=desk.statement.id)


@pytest.mark.parametrize("end", [close_by_hand, run_out])
@pytest.mark.parametrize(("later_s", "works"), [(0, True), (DAY_S - 1, True), (DAY_S, False), (30 * DAY_S, False)])
def test_a_link_works_until_a_day_after_the_end(desk, clock, end: Callable[[Desk], None], later_s, works):
    signature_id = desk.sign()
    end(desk)
    clock.forward(seconds=later_s)

    if works:
        assert desk.confirm(signature_id) == "confirmed"
    else:
        with pytest.raises(StatementClosed):
            desk.confirm(signature_id)
        assert desk.states() == ["pending"]
        assert desk.rows("SELECT id FROM wordings") == []


def test_who_has_confirmed_is_told_so_however_long_after_the_end(desk, clock):
    signature_id = desk.signed()
    close_by_hand(desk)
    clock.forward(days=100)

    assert desk.confirm(signature_id) == "confirmed"
