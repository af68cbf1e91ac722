"""Forget: nothing in the database tells any more who it was that signed."""

from pathlib import Path
from typing import Any

import pytest

from server.errors import LinkInvalid
from server.services import moderation
from server.services.confirm import confirm_signature, get_by_confirm_link
from server.services.moderation import WrongState
from server.services.shared import get_by_link, get_by_manage_link
from server.services.sign import request_links
from server.services.signers import erase_signature, withdraw_signature
from server.tables import journal, signatures
from tests.databases import databases
from tests.scene import CONSENT, Scene
from tests.tables.rows import write_journal

WORDS = {
    "name": "Qanahit Findable",
    "title": "Qtitle",
    "affiliation": "Qaffiliation",
    "city": "Qcity",
    "comment": "Qcomment",
    "website": "https://qwebsite.example",
}
# "Qorganisation" would be found wherever a nonce that ends in Q stands before the kind of a row.
NGO_WORDS = {**WORDS, "organisation": "Qunion"}


def erase(scene: Scene, signature_id: int) -> None:
    erase_signature(scene.db, scene.ref(signature_id), now=scene.clock())


def sought(words: dict[str, str]) -> list[bytes]:
    """The words as they were typed, and as names are compared."""
    return [form.encode() for word in words.values() for form in {word, word.lower()}]


def found(folder: Path, traces: list[bytes]) -> list[bytes]:
    kept = databases.all_bytes(folder)
    return [trace for trace in traces if trace in kept]


@pytest.mark.parametrize(("kind", "words"), [("individual", WORDS), ("organisation", NGO_WORDS)])
def test_no_word_and_no_key_of_a_signer_is_left_in_any_file(scene, mails, tmp_path, kind, words):
    signature_id = scene.sign(**words, kind=kind, newsletter=True, country="AM")
    mails.deliver()
    scene.confirm(signature_id)
    [contact] = scene.rows("SELECT sealed FROM contacts")
    keys = [scene.get(signature_id).email_key, bytes(contact["sealed"])]
    traces = [*sought(words), *keys]
    typed = [word.encode() for word in words.values()]
    assert set(found(tmp_path, traces)) >= {*typed, *keys}, "what is kept is found this way"

    erase(scene, signature_id)

    assert found(tmp_path, traces) == []


def remember(scene: Scene, signature_id: int) -> None:
    """What a verb of the desk would leave: the line of before and a reason, in the details of the journal."""
    with scene.db.write() as tx:
        subject, told = f"signature:{signature_id}", {"before": WORDS, "after": {"name": "Qother"}, "reason": "Qreason"}
        write_journal(tx, "signature.amend", actor="admin:olga", subject=subject, now=scene.clock(), **told)


def test_what_the_journal_knew_of_a_signer_goes_too_and_its_chain_stays_whole(scene, tmp_path):
    signature_id, other = scene.signed(**WORDS), scene.signed(email="other@rivers.example")
    for one in (signature_id, other):
        remember(scene, one)

    erase(scene, other)
    assert WORDS["name"].encode() in found(tmp_path, sought(WORDS)), "the twin: others' details stay"
    erase(scene, signature_id)

    assert found(tmp_path, [*sought(WORDS), b"Qother", b"Qreason"]) == []
    assert [verb for verb, *_ in scene.journal()].count("signature.amend") == 2
    with scene.db.read() as tx:
        assert journal.find_break(tx) is None


def test_a_row_that_is_only_withdrawn_keeps_the_name(scene, tmp_path):
    """The twin: to withdraw is not to forget."""
    signature_id = scene.signed(**WORDS)
    withdraw_signature(scene.db, scene.ref(signature_id), shown=False, now=scene.clock())

    assert WORDS["name"].encode() in found(tmp_path, sought(WORDS))


def indexed(scene: Scene) -> bytes:
    """What the index for searching holds, letters by threes."""
    return b"".join(row["block"] for row in scene.rows("SELECT block FROM search_data ORDER BY id"))


@pytest.mark.sqlite
@pytest.mark.parametrize("forgets", [True, False])
def test_no_letters_of_a_name_stay_in_the_index(scene, tmp_path, forgets):
    """Without secure-delete, the twin, they would."""
    with scene.db.write() as tx:
        tx.run("INSERT INTO search (search, rank) VALUES ('secure-delete', :on)", {"on": int(forgets)})
    others = [scene.signed(name=f"Zaza {letter * 3}", email=f"{letter}@rivers.example") for letter in "abc"]
    signature_id = scene.signed(name="Qxqx", email="q@rivers.example")
    assert b"xqx" in indexed(scene)

    erase(scene, signature_id)

    assert (b"xqx" in indexed(scene)) == (not forgets)
    assert scene.rows("SELECT id FROM searched WHERE search_key LIKE '%xqx%'") == []
    assert len(scene.rows("SELECT id FROM searched WHERE search_key LIKE '%zaza%'")) == len(others)
    scene.run("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")


def test_what_is_left_counts_nowhere_and_frees_its_seat(scene):
    signature_id = scene.signed()

    erase(scene, signature_id)

    assert (scene.states(), scene.listed(), scene.counts()) == (["withdrawn"], [], (0, 0, 0))
    assert scene.journal()[-1] == ("signature.forget", f"signature:{signature_id}", None)
    assert scene.confirm(scene.sign()) == "confirmed"
    assert scene.counts() == (1, 0, 0)


def personal(scene: Scene, signature_id: int) -> dict[str, Any]:
    """The columns that are neither ours nor those of the text that was signed."""
    [row] = scene.rows("SELECT * FROM signatures WHERE id = :id", id=signature_id)
    ours = ("id", "statement_id", "text_id", "partner_id", "nonce", "kind", "locale", "consent_id", "mailbox_seat")
    states = ("list_number", "founding_place", "state")
    return {name: value for name, value in row.items() if name not in (*ours, *states) and not name.endswith("_at")}


def test_every_personal_column_is_empty_those_of_tomorrow_too(scene):
    signature_id = scene.signed(**WORDS, newsletter=True, country="AM")

    erase(scene, signature_id)

    left = {name: value for name, value in personal(scene, signature_id).items() if value}
    assert left == {"visibility": "counted"}


def test_every_link_to_it_ends(scene):
    signature_id = scene.signed()
    ref = scene.ref(signature_id)

    erase(scene, signature_id)

    for get in (get_by_manage_link, get_by_confirm_link):
        with scene.db.read() as tx, pytest.raises(LinkInvalid):
            get(tx, ref)


VERBS = {"approve": moderation.approve_signature, "restore": moderation.restore_signature}


@pytest.mark.parametrize("state", ["confirmed", "held", "removed"])
@pytest.mark.parametrize("verb", VERBS)
def test_what_was_erased_is_brought_back_by_nobody(scene, state, verb):
    signature_id, by = scene.signed(**WORDS), {"actor": "kate", "reason": None, "now": scene.clock()}
    if state == "held":
        moderation.hold_signature(scene.db, "open-rivers", signature_id, **by)
    elif state == "removed":
        moderation.remove_signature(scene.db, "open-rivers", signature_id, **by)
    ref = scene.ref(signature_id)
    erase(scene, signature_id)
    before = scene.rows("SELECT * FROM signatures")

    with pytest.raises(WrongState):
        VERBS[verb](scene.db, "open-rivers", signature_id, seen=None, **by)
    with pytest.raises(LinkInvalid):
        confirm_signature(scene.db, ref, consent=CONSENT, now=scene.clock())

    assert (scene.rows("SELECT * FROM signatures"), scene.listed(), scene.counts()) == (before, [], (0, 0, 0))


def test_what_was_removed_and_not_erased_is_brought_back(scene):
    """The twin."""
    signature_id, by = scene.signed(**WORDS), {"actor": "kate", "reason": None, "now": scene.clock()}
    moderation.remove_signature(scene.db, "open-rivers", signature_id, **by)

    assert moderation.restore_signature(scene.db, "open-rivers", signature_id, seen=None, **by) == "confirmed"


def test_a_second_press_finds_nothing_and_changes_nothing(scene):
    signature_id = scene.signed()
    ref = scene.ref(signature_id)
    erase_signature(scene.db, ref, now=scene.clock())
    before = scene.rows("SELECT * FROM signatures"), scene.journal()

    with pytest.raises(LinkInvalid):
        erase_signature(scene.db, ref, now=scene.clock())

    assert (scene.rows("SELECT * FROM signatures"), scene.journal()) == before


@pytest.mark.parametrize("state", ["held", "withdrawn"])
def test_a_held_or_withdrawn_signature_is_forgotten_too(scene, clock, state):
    scene = scene.publish("watched", 'moderation = "all"')
    signature_id = scene.signed()
    if state == "withdrawn":
        withdraw_signature(scene.db, scene.ref(signature_id), shown=True, now=clock())
        clock.forward(days=1)

    erase(scene, signature_id)

    [row] = scene.rows("SELECT name, withdrawn_at, withdrawal_shown FROM signatures")
    assert (row["name"], row["withdrawal_shown"]) == (None, 0)
    assert row["withdrawn_at"] == clock() - (86400 if state == "withdrawn" else 0)
    assert (scene.counts(), scene.reasons(signature_id)) == ((0, 0, 0), [])


def test_what_was_removed_keeps_its_seat_and_no_word(scene, tmp_path):
    one, other = scene.signed(**WORDS), scene.signed(name="Qother", email="ani@rivers.example")
    for signature_id in (one, other):
        moderation.remove_signature(scene.db, "open-rivers", signature_id, actor="kate", reason=None, now=scene.clock())
    assert erase_signature(scene.db, scene.ref(one), now=scene.clock()) == 2

    assert found(tmp_path, [*sought(WORDS), b"Qother"]) == []
    assert {name for name, value in personal(scene, one).items() if value} == {"visibility", "email_key", "key_version"}
    assert scene.states() == ["removed", "removed"]
    assert scene.confirm(scene.sign(name="Third")) == "no-seat"


def ask_for_links(scene: Scene, email: str) -> None:
    here = scene.context
    request_links(scene.db, scene.statement, email, keys=here.keys, sealer=here.sealer, locale="en", now=scene.clock())


def test_no_email_keeps_the_key_of_the_address_not_those_that_are_about_no_signature_that_is_there(scene, tmp_path):
    scene.sign(name="Misspelled")
    scene.run("DELETE FROM signatures")
    signature_id = scene.signed()
    ask_for_links(scene, "ani@rivers.example")
    key = scene.get(signature_id).email_key
    assert [row["kind"] for row in scene.emails()] == ["confirm", "confirm", "thanks", "links"]
    assert found(tmp_path, [key]) == [key]

    erase(scene, signature_id)

    assert (scene.emails(), found(tmp_path, [key])) == ([], [])


def test_emails_of_another_address_or_statement_stay(scene, clock):
    """The twin: what is still waited for is not taken from anybody."""
    signature_id, other = scene.signed(), scene.sign(email="aram@rivers.example")
    elsewhere = scene.publish("clean-air").signed()
    ask_for_links(scene, "aram@rivers.example")

    erase(scene, signature_id)

    left = [(row["kind"], row["signature_id"]) for row in scene.emails()]
    assert left == [("confirm", other), ("confirm", elsewhere), ("thanks", elsewhere), ("links", None)]


def test_what_was_withdrawn_before_it_was_removed_keeps_no_seat_and_no_key(scene, tmp_path):
    signature_id = scene.signed()
    ask_for_links(scene, "ani@rivers.example")
    key = scene.get(signature_id).email_key
    withdraw_signature(scene.db, scene.ref(signature_id), shown=False, now=scene.clock())
    moderation.remove_signature(scene.db, "open-rivers", signature_id, actor="kate", reason=None, now=scene.clock())

    erase(scene, signature_id)

    assert (scene.states(), found(tmp_path, [key])) == (["removed"], [])
    assert scene.confirm(scene.sign()) == "confirmed"


def test_others_stay_as_they_are(scene, mails):
    one, other = scene.signed(), scene.signed(name="Aram", email="aram@rivers.example", newsletter=True)
    before = scene.get(other), scene.rows("SELECT * FROM contacts WHERE signature_id = :id", id=other)
    emails = scene.rows("SELECT * FROM outbox WHERE signature_id = :id", id=other)

    erase(scene, one)

    assert (scene.get(other), scene.rows("SELECT * FROM contacts")) == before
    assert scene.emails() == emails
    with scene.db.read() as tx:
        assert journal.find_break(tx) is None


def test_a_pending_signature_is_not_forgotten_by_this_link(scene):
    signature_id = scene.sign()

    with pytest.raises(LinkInvalid):
        erase(scene, signature_id)

    assert scene.states() == ["pending"]


# All of a mailbox under one statement.


def withdraw(scene: Scene, signature_id: int) -> None:
    withdraw_signature(scene.db, scene.ref(signature_id), shown=True, now=scene.clock())


def remove(scene: Scene, signature_id: int) -> None:
    slug = scene.statement.slug
    moderation.remove_signature(scene.db, slug, signature_id, actor="kate", reason="Qreason", now=scene.clock())


def hold(scene: Scene, signature_id: int) -> None:
    slug = scene.statement.slug
    moderation.hold_signature(scene.db, slug, signature_id, actor="kate", reason="Qreason", now=scene.clock())


def pending(scene: Scene) -> int:
    return scene.sign(**WORDS, country="AM", newsletter=True)


def pending_and_removed(scene: Scene) -> int:
    signature_id = pending(scene)
    remove(scene, signature_id)
    return signature_id


def under_another_name(scene: Scene) -> int:
    return scene.signed(**WORDS, country="AM", newsletter=True)


def held(scene: Scene) -> int:
    signature_id = under_another_name(scene)
    hold(scene, signature_id)
    return signature_id


def withdrawn(scene: Scene) -> int:
    signature_id = under_another_name(scene)
    withdraw(scene, signature_id)
    return signature_id


SIBLINGS = [pending, pending_and_removed, under_another_name, held, withdrawn]


@pytest.mark.parametrize("sign_once_more", SIBLINGS)
def test_who_erases_by_the_link_of_one_signature_erases_the_others_of_the_mailbox_too(
    scene, mails, tmp_path, sign_once_more
):
    first = scene.signed(name="Qfirst")
    withdraw(scene, first)
    second = sign_once_more(scene)
    mails.deliver()
    remember(scene, second)
    refs, key = [scene.ref(first), scene.ref(second)], scene.get(second).email_key
    traces = [*sought(WORDS), b"Qfirst", b"Qreason", key]
    assert set(found(tmp_path, traces)) >= {WORDS["name"].encode(), b"Qfirst", key}

    assert erase_signature(scene.db, refs[0], now=scene.clock()) == 2

    assert found(tmp_path, traces) == []
    for ref in refs:
        for get in (get_by_manage_link, get_by_confirm_link):
            with scene.db.read() as tx, pytest.raises(LinkInvalid):
                get(tx, ref)
    left = [scene.rows(f"SELECT * FROM {table}") for table in ("contacts", "subscriptions", "outbox", "mailings")]
    assert (left, scene.reasons(second)) == ([[], [], [], []], [])
    assert (scene.counts(), scene.listed()) == ((0, 0, 0), [])
    forgotten = [f"signature:{first}", f"signature:{second}"]
    assert [subject for verb, subject, _ in scene.journal() if verb == "signature.forget"] == forgotten
    with scene.db.read() as tx:
        assert journal.find_break(tx) is None


@pytest.mark.parametrize("sign_once_more", SIBLINGS)
def test_erasing_one_row_alone_would_leave_the_name_and_the_link_of_the_other(scene, tmp_path, sign_once_more):
    """The twin: what was done before."""
    first = scene.signed(name="Qfirst")
    withdraw(scene, first)
    second = sign_once_more(scene)

    with scene.db.write() as tx:
        signatures.erase(tx, first, now=scene.clock())

    assert WORDS["name"].encode() in found(tmp_path, sought(WORDS))
    ref = scene.ref(second)
    with scene.db.read() as tx:
        assert get_by_link(tx, ref).name == WORDS["name"]


def test_of_a_mailbox_what_was_removed_keeps_its_seat_and_the_others_go(scene, tmp_path):
    removed = scene.signed(**WORDS)
    remove(scene, removed)
    stands, waits = scene.signed(name="Qother"), scene.sign(name="Qthird")

    assert erase_signature(scene.db, scene.ref(stands), now=scene.clock()) == 3

    assert found(tmp_path, [*sought(WORDS), b"Qother", b"Qthird"]) == []
    assert [(row["id"], row["state"], row["email_key"] is None) for row in scene.rows("SELECT * FROM signatures")] == [
        (removed, "removed", False),
        (stands, "withdrawn", True),
    ]
    assert waits not in [row["id"] for row in scene.rows("SELECT id FROM signatures")]
    assert erase_signature(scene.db, scene.ref(scene.signed(name="Again")), now=scene.clock()) == 1


def test_other_mailboxes_and_other_statements_are_not_erased(scene):
    """The twin: one press erases what is of this mailbox, and what is under this statement."""
    first, neighbour = scene.signed(), scene.sign(email="aram@rivers.example")
    elsewhere = scene.publish("clean-air").signed()
    before = [scene.get(one) for one in (neighbour, elsewhere)]

    assert erase_signature(scene.db, scene.ref(first), now=scene.clock()) == 1

    assert [scene.get(one) for one in (neighbour, elsewhere)] == before
