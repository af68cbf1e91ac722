"""Anonymise: of founders the names stay that the organisers have published, and nothing else that tells of anybody."""

import pytest

from server.errors import LinkInvalid
from server.services import moderation, scheduled
from server.services.founding import Asking, import_founders
from server.services.scheduled import anonymise_signatures
from server.services.shared import get_by_manage_link
from server.services.signers import change_signature, withdraw_signature
from server.text.signatory_list.entries import Entry
from tests.databases import databases
from tests.scene import CONSENT, Scene
from tests.services.test_anonymise import DAYS, crowd, end, nameless, stamp

FOUNDERS = "Founding Rivers Union\n"


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled, "ANONYMISE_BATCH", 3)


@pytest.fixture
def short(scene: Scene) -> Scene:
    """A statement that keeps names for a month after its end."""
    return scene.publish("clean-air", f"anonymise_after_days = {DAYS}")


def test_founding_names_stay(short, clock):
    short.found(FOUNDERS)
    crowd(short, 2)
    end(short, clock)

    anonymise_signatures(short.db, now=clock())

    assert short.listed() == ["Founding Rivers Union"]


def ask_founders(scene: Scene, *names: str) -> list[int]:
    """Enter founders with an address each, and return their ids."""
    asking = Asking(scene.context.keys, scene.context.sealer)
    entries = [
        Entry(at, "individual", name, None, None, last_line=at, email=f"{name.split()[0].lower()}@hills.example")
        for at, name in enumerate(names, start=1)
    ]
    import_founders(scene.db, scene.statement.slug, entries, asking=asking, actor="kate", now=scene.clock())
    return [row["id"] for row in scene.rows("SELECT id FROM signatures ORDER BY id")][-len(names) :]


def test_founders_who_were_asked_by_email_stay_and_nothing_leads_to_them_any_more(short, clock, mails, tmp_path):
    [one] = ask_founders(short, "Asked Founder")
    short.found(FOUNDERS)
    mails.deliver()
    [contact] = short.rows("SELECT sealed FROM contacts")
    ref, traces = short.ref(one), [short.get(one).email_key, bytes(contact["sealed"])]
    before = short.counts()
    end(short, clock)
    assert all(trace in databases.all_bytes(tmp_path) for trace in traces)

    anonymise_signatures(short.db, now=clock())

    assert (short.listed(), short.counts()) == (["Asked Founder", "Founding Rivers Union"], before)
    assert [trace for trace in traces if trace in databases.all_bytes(tmp_path)] == []
    for table in ("contacts", "mailings", "outbox"):
        assert short.rows(f"SELECT * FROM {table}") == []
    with short.db.read() as tx, pytest.raises(LinkInvalid):
        get_by_manage_link(tx, ref)
    before = short.journal()
    anonymise_signatures(short.db, now=clock())
    assert short.journal() == before, "and it is done with"


def test_a_founder_who_stays_is_counted_under_their_country_and_no_more_once_removed(short, clock):
    [one] = ask_founders(short, "Asked Founder")
    change_signature(short.db, short.ref(one), {"country": "GE"}, consent=CONSENT, now=clock())
    end(short, clock)
    anonymise_signatures(short.db, now=clock())
    assert short.counts() == (1, 0, 0)

    moderation.remove_signature(short.db, "clean-air", one, actor="kate", reason=None, now=clock())

    assert short.counts() == (0, 0, 0)


def test_founders_who_left_or_hid_are_erased_like_all_others(short, clock, tmp_path):
    """The twin: only what is on the list stays."""
    left, thrown_out, hidden = ask_founders(short, "Qleft Rivers", "Qthrown Rivers", "Qhidden Rivers")
    withdraw_signature(short.db, short.ref(left), shown=True, now=clock())
    moderation.remove_signature(short.db, "clean-air", thrown_out, actor="kate", reason=None, now=clock())
    change_signature(short.db, short.ref(hidden), {"visibility": "counted"}, consent=CONSENT, now=clock())
    end(short, clock)

    anonymise_signatures(short.db, now=clock())

    kept = databases.all_bytes(tmp_path).lower()
    assert [name for name in (b"qleft", b"qthrown", b"qhidden") if name in kept] == []
    assert nameless(short) == [left, thrown_out, hidden]


@pytest.mark.parametrize("how", ["initials", "country"])
def test_founders_who_chose_to_show_less_than_their_name_are_erased_and_still_counted(short, clock, tmp_path, how):
    [hidden, _] = ask_founders(short, "Qhidden Rivers", "Shown Rivers")
    change_signature(short.db, short.ref(hidden), {"visibility": how}, consent=CONSENT, now=clock())
    before = short.counts()
    end(short, clock)

    anonymise_signatures(short.db, now=clock())

    assert b"qhidden" not in databases.all_bytes(tmp_path).lower()
    assert (nameless(short), short.listed(), short.counts()) == ([hidden], ["Shown Rivers"], before)


@pytest.mark.parametrize("is_late", [False, True])
def test_founders_without_an_address_who_were_taken_off_the_list_are_erased_in_batches(short, clock, tmp_path, is_late):
    """The twin stays: a line that nobody took off. Nor does it matter that all others were erased before."""
    names = [f"Qgone Rivers {n}" for n in range(4)]
    short.found("\n".join([*names, "Kept Rivers"]))
    ids = [row["id"] for row in short.rows("SELECT id FROM signatures ORDER BY id")]
    end(short, clock)
    if is_late:
        anonymise_signatures(short.db, now=clock())
    for one in ids[:-1]:
        moderation.remove_signature(short.db, "clean-air", one, actor="kate", reason="Qgone asked for it", now=clock())
    counts = short.counts()

    anonymise_signatures(short.db, now=clock())

    assert b"qgone" not in databases.all_bytes(tmp_path).lower()
    assert (nameless(short), short.listed(), short.counts()) == (ids[:-1], ["Kept Rivers"], counts)
    before = short.journal(), stamp(short)
    anonymise_signatures(short.db, now=clock())
    assert (short.journal(), stamp(short)) == before, "and it is done with"


def test_founders_whose_address_went_before_are_erased_once_their_line_shows_no_name(short, clock):
    """An older version took the address alone. The twin stays: it is held, and would show its name."""
    [hidden, held] = ask_founders(short, "Qhidden Rivers", "Held Rivers")
    short.run("UPDATE signatures SET email_key = NULL")
    short.run("UPDATE signatures SET visibility = 'country' WHERE id = :id", id=hidden)
    moderation.hold_signature(short.db, "clean-air", held, actor="kate", reason=None, now=clock())
    end(short, clock)

    anonymise_signatures(short.db, now=clock())

    assert (nameless(short), short.get(held).name) == ([hidden], "Held Rivers")
