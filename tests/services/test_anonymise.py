"""Anonymise: so long after the end nothing tells who signed, and everything tells how many did."""

import pytest

from server.errors import LinkInvalid
from server.services import moderation, scheduled
from server.services.scheduled import anonymise_signatures, prune_expired
from server.services.shared import get_by_manage_link
from server.services.sign import request_links
from server.services.signers import withdraw_signature
from server.services.statements import close_statement, open_statement
from server.tables import journal, statements
from tests.databases import databases
from tests.scene import NGO, Scene
from tests.services.test_erase_signature import NGO_WORDS, WORDS, personal, sought
from tests.services.test_send_results import DyingStore, Killed
from tests.tampering import tamper

DAYS = 30


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled, "ANONYMISE_BATCH", 3)


@pytest.fixture
def short(scene: Scene) -> Scene:
    """A statement that keeps names for a month after its end."""
    return scene.publish("clean-air", f"newsletter = true\nkeep_contacts = true\nanonymise_after_days = {DAYS}")


def crowd(scene: Scene, how_many: int = 8) -> list[int]:
    return [scene.signed(name=f"Signer {n}", email=f"signer{n}@rivers.example") for n in range(how_many)]


def end(scene: Scene, clock, *, days: int = DAYS) -> None:
    close_statement(scene.db, scene.statement.slug, actor="kate", now=clock())
    clock.forward(days=days)


def nameless(scene: Scene) -> list[int]:
    return [row["id"] for row in scene.rows("SELECT id FROM signatures WHERE anonymised_at IS NOT NULL ORDER BY id")]


def stamp(scene: Scene) -> int:
    with scene.db.read() as tx:
        return statements.get(tx, scene.statement.slug).stamp


def test_no_word_no_key_and_no_address_of_a_signer_is_left_in_any_file(short, mails, clock, tmp_path):
    ids = [short.sign(**WORDS, newsletter=True, country="AM")]
    ids.append(short.sign(**NGO_WORDS, kind="organisation", email="qmaro@rivers.example"))
    mails.deliver()
    for one in ids:
        short.confirm(one)
    moderation.hold_signature(short.db, "clean-air", ids[0], actor="kate", reason=None, now=clock())
    tamper(short.db, "UPDATE journal_details SET after = 'Qdetail' WHERE after = '\"held\"'")
    contacts = [bytes(row["sealed"]) for row in short.rows("SELECT sealed FROM contacts")]
    keys = [short.get(one).email_key for one in ids]
    traces = [*sought(WORDS), *sought(NGO_WORDS), *contacts, *keys, b"Qdetail"]
    before = databases.all_bytes(tmp_path)
    assert len(contacts) == 2
    assert {*contacts, *keys, b"Qdetail", b"Qunion"} <= {trace for trace in traces if trace in before}
    end(short, clock)

    anonymise_signatures(short.db, now=clock())

    after = databases.all_bytes(tmp_path)
    assert [trace for trace in traces if trace in after] == []
    for table in ("contacts", "subscriptions", "mailings", "outbox"):
        assert short.rows(f"SELECT * FROM {table}") == []
    for one in ids:
        assert {name: value for name, value in personal(short, one).items() if value} == {"visibility": "counted"}


def test_a_day_before_its_time_all_is_as_it_was(short, clock, tmp_path):
    short.signed(**WORDS)
    end(short, clock, days=DAYS - 1)

    anonymise_signatures(short.db, now=clock())

    assert (short.listed(), nameless(short)) == ([WORDS["name"]], [])
    assert WORDS["name"].encode() in databases.all_bytes(tmp_path)


def test_how_many_signed_and_in_which_state_stays(short, clock):
    gone = crowd(short)[0]
    held = short.signed(**NGO | {"email": "maro@gmail.com"})
    thrown_out = short.signed(email="fake@rivers.example")
    withdraw_signature(short.db, short.ref(gone), shown=True, now=clock())
    moderation.remove_signature(short.db, "clean-air", thrown_out, actor="kate", reason=None, now=clock())
    before = short.states(), short.counts(), short.rows("SELECT * FROM tallies ORDER BY 1, 2, 3, 4, 5, 6, 7")
    end(short, clock)

    anonymise_signatures(short.db, now=clock())

    assert (short.states(), short.counts(), short.rows("SELECT * FROM tallies ORDER BY 1, 2, 3, 4, 5, 6, 7")) == before
    assert short.listed() == []
    assert short.get(held).state == "held"
    assert short.rows("SELECT * FROM signatures WHERE email_key IS NOT NULL AND statement_id = 2") == []


def test_the_journal_says_that_it_went_by_itself(short, clock):
    crowd(short, 1)
    end(short, clock)

    anonymise_signatures(short.db, now=clock())

    assert short.rows("SELECT actor FROM journal WHERE verb = 'statement.anonymise'") == [{"actor": "chore:anonymise"}]


@pytest.mark.parametrize("by", ["plan", "hand"])
def test_it_counts_from_the_end_by_plan_or_by_hand(short, clock, by):
    ids = crowd(short, 2)
    if by == "plan":
        short.run("UPDATE statements SET closes_at = :now WHERE slug = 'clean-air'", now=clock())
        clock.forward(days=DAYS)
    else:
        end(short, clock)

    anonymise_signatures(short.db, now=clock())

    assert nameless(short) == ids


@pytest.mark.parametrize("change", ["closes_at = NULL", "closes_at = 4000000000", "anonymise_after_days = NULL"])
def test_it_never_runs_for_a_statement_that_is_open_or_keeps_its_names(short, clock, change):
    crowd(short, 2)
    close_statement(short.db, "clean-air", actor="kate", now=clock())
    if "anonymise" not in change:
        open_statement(short.db, "clean-air", actor="kate", now=clock())
    short.run(f"UPDATE statements SET {change} WHERE slug = 'clean-air'")
    clock.forward(days=10 * DAYS)

    anonymise_signatures(short.db, now=clock())

    assert nameless(short) == []


def test_another_statement_stays_as_it_is(scene, short, clock):
    other = scene.signed(**WORDS)
    crowd(short, 2)
    before = scene.get(other), scene.rows("SELECT * FROM outbox WHERE statement_id = 1")
    end(short, clock)

    anonymise_signatures(short.db, now=clock())

    assert (scene.get(other), scene.rows("SELECT * FROM outbox WHERE statement_id = 1")) == before


def test_every_link_ends_and_the_journal_holds(short, clock):
    [one] = crowd(short, 1)
    ref = short.ref(one)
    end(short, clock)

    anonymise_signatures(short.db, now=clock())

    with short.db.read() as tx:
        assert journal.find_break(tx) is None
        with pytest.raises(LinkInvalid):
            get_by_manage_link(tx, ref)
    assert short.journal()[-1] == ("statement.anonymise", "statement:clean-air", None)


def test_a_second_run_changes_nothing(short, clock):
    crowd(short)
    end(short, clock)
    anonymise_signatures(short.db, now=clock())
    before = short.rows("SELECT * FROM signatures"), short.journal(), stamp(short)

    anonymise_signatures(short.db, now=clock())

    assert (short.rows("SELECT * FROM signatures"), short.journal(), stamp(short)) == before


def test_who_goes_on_after_a_kill_comes_to_the_same_end(short, clock):
    ids = crowd(short)
    short.run("DELETE FROM outbox")
    end(short, clock)
    was = stamp(short)
    with pytest.raises(Killed):
        anonymise_signatures(DyingStore(short.db, lives=2), now=clock())
    assert len(nameless(short)) == 6
    assert stamp(short) == was + 2, "whoever kept an answer asks again after each batch"

    anonymise_signatures(short.db, now=clock())

    assert nameless(short) == ids
    [told] = short.rows("SELECT after FROM journal_details JOIN journal ON id = journal_id WHERE verb LIKE '%anon%'")
    assert told == {"after": '{"nameless": 8}'}


def test_who_signs_after_it_was_opened_again_is_kept_until_the_next_end(short, clock):
    crowd(short, 2)
    end(short, clock)
    anonymise_signatures(short.db, now=clock())
    open_statement(short.db, "clean-air", actor="kate", now=clock())
    late = short.signed(name="Late", email="late@rivers.example")

    anonymise_signatures(short.db, now=clock())

    assert (short.listed(), late in nameless(short)) == (["Late"], False)


def test_no_country_is_left_either_and_everybody_is_counted_as_before(short, clock):
    there = short.through_partner
    for number, country in enumerate(("GE", "GE", "AM", None)):
        there.signed(name=f"Signer {number}", email=f"signer{number}@rivers.example", country=country)
    moderation.hold_signature(short.db, "clean-air", 1, actor="kate", reason=None, now=clock())
    counts = short.counts()
    end(short, clock)

    anonymise_signatures(short.db, now=clock())

    assert short.rows("SELECT value FROM tallies WHERE dimension = 'country'") == []
    assert short.counts() == counts


def mailed(scene: Scene) -> dict[str, list[int]]:
    """Return of which statements an address's key still stands beside an email."""
    tables = ("mailings", "outbox")
    return {of: [row["id"] for row in scene.rows(f"SELECT statement_id AS id FROM {of} ORDER BY 1")] for of in tables}


@pytest.mark.parametrize("confirmed", [0, 1])
def test_no_key_is_left_of_addresses_that_never_confirmed(scene, short, mails, clock, tmp_path, confirmed):
    """The twin: under a statement that keeps its names they stay."""
    crowd(short, confirmed)
    ids = [short.sign(name=f"Signer {n}", email=f"pending{n}@rivers.example") for n in range(4)]
    twin = scene.sign()
    keys = [scene.get(one).email_key for one in (*ids, twin)]
    mails.deliver()
    clock.forward(days=15)
    prune_expired(short.db, now=clock())
    end(short, clock)
    assert all(key in databases.all_bytes(tmp_path) for key in keys)

    anonymise_signatures(short.db, now=clock())

    left = databases.all_bytes(tmp_path)
    assert [key for key in keys if key in left] == [keys[-1]]
    assert mailed(short) == {"mailings": [1], "outbox": [1]}
    before = short.journal(), stamp(short)
    anonymise_signatures(short.db, now=clock())
    assert (short.journal(), stamp(short)) == before, "and it is done with"


def test_what_is_mailed_after_that_counts_for_a_day(short, clock):
    end(short, clock)
    anonymise_signatures(short.db, now=clock())
    row = (
        "INSERT INTO mailings (outbox_id, email_key, mail_key, statement_id, sent_at) VALUES (:id, :key, :key, 2, :at)"
    )
    for outbox_id in (8, 9):
        short.run(row, id=outbox_id, key=b"k" * 32, at=clock() + outbox_id)
    clock.forward(days=1, seconds=8)

    anonymise_signatures(short.db, now=clock())
    assert short.rows("SELECT outbox_id FROM mailings") == [{"outbox_id": 9}]
    anonymise_signatures(short.db, now=clock() + 1)
    assert short.rows("SELECT outbox_id FROM mailings") == []


def test_an_email_that_was_asked_for_after_that_goes_in_a_day_even_where_it_was_not_sent(short, mails, clock):
    end(short, clock)
    anonymise_signatures(short.db, now=clock())
    keys, sealer = short.context.keys, short.context.sealer
    request_links(short.db, short.statement, "ani@x.example", keys=keys, sealer=sealer, locale="en", now=clock())
    mails.deliver()
    anonymise_signatures(short.db, now=clock() + 24 * 3600 - 1)
    assert mailed(short) == {"mailings": [], "outbox": [2]}

    anonymise_signatures(short.db, now=clock() + 24 * 3600)

    assert mailed(short) == {"mailings": [], "outbox": []}
