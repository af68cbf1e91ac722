"""Exports of a part: chosen columns, filters, and the public list, which has nothing that a signer keeps back."""

import json
from functools import partial

import pytest

from server.exports import query
from server.exports.formats import FORMATS
from server.exports.query import PUBLIC_COLUMNS
from server.services import moderation
from server.services.signers import withdraw_signature
from tests.exports.exporting import dump, export_lines, rows, unseal
from tests.scene import NGO, UNPROVED, Scene

VISIBILITIES = ("name", "initials", "country", "counted")
read_choice = partial(query.read_choice, slug="open-rivers")
SECRET = {"title": "Poet", "city": "Kutaisi", "country": "GE", "affiliation": "House of Poets", "comment": "Yes"}


def chosen(scene: Scene, **asked: str) -> list[dict[str, str]]:
    return rows(dump(scene, read_choice(asked)))


def public(scene: Scene, **asked: str) -> list[dict[str, str]]:
    return rows(dump(scene, read_choice(asked, is_public=True)))


def test_columns_stand_in_the_order_that_was_asked_for(scene):
    scene.signed(name="Ani")

    assert dump(scene, read_choice({"columns": "state,name"})).decode("utf-8-sig").splitlines() == [
        '"state","name"',
        '"confirmed","Ani"',
    ]


@pytest.fixture
def four(scene, clock) -> dict[str, int]:
    """Ani; Aram, in French and through a partner; an organisation that waits; somebody of another day."""
    found = {"ani": scene.signed(), "aram": scene.through_partner.signed(email="b@rivers.example", locale="fr")}
    found["ngo"] = scene.signed(**UNPROVED)
    clock.forward(days=2)
    found["late"] = scene.signed(email="late@rivers.example")
    return found


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        ({"kind": "organisation"}, ["ngo"]),
        ({"kind": "individual"}, ["ani", "aram", "late"]),
        ({"state": "held"}, ["ngo"]),
        ({"state": "removed"}, []),
        ({"partner": "river-watch"}, ["aram"]),
        ({"partner": "nobody"}, []),
        ({"locale": "fr"}, ["aram"]),
        ({"from": "2027-01-16"}, ["late"]),
        ({"until": "2027-01-16"}, ["ani", "aram", "ngo"]),
        ({"from": "2027-01-17", "until": "2027-01-17"}, ["late"]),
        ({"kind": "individual", "until": "2027-01-15", "locale": "en"}, ["ani"]),
    ],
)
def test_filters_leave_the_others_out_whole_or_since(scene, clock, four, asked, who):
    clock.forward(minutes=2)

    assert [row["id"] for row in chosen(scene, **asked)] == [str(four[name]) for name in who]
    if "state" not in asked:
        assert [row["id"] for row in chosen(scene, **asked, since="")] == [str(four[name]) for name in who]


def test_a_workbook_and_json_lines_hold_the_same(scene):
    scene.signed(name="Ani", newsletter=True)
    scene.signed(**UNPROVED)
    choice = read_choice({"columns": "id,name,newsletter,title,email"})

    sent = dump(scene, choice, as_format=FORMATS["jsonl"], unseal=unseal(scene))

    assert [json.loads(line) for line in sent.splitlines()] == [
        {"id": 1, "name": "Ani", "newsletter": True, "title": None, "email": "ani@rivers.example"},
        {"id": 2, "name": "Maro", "newsletter": False, "title": None, "email": "maro@gmail.com"},
    ]
    assert dump(scene, choice, as_format=FORMATS["xlsx"]).startswith(b"PK")


# the public list


@pytest.fixture
def shown(scene) -> Scene:
    """One of each visibility, an organisation, one that waits, and a founder."""
    here = scene.publish(
        "all-kinds", 'visibilities = ["name", "initials", "country", "counted"]\ntimezone = "Asia/Tokyo"'
    )
    for visibility in VISIBILITIES:
        mine = {"email": f"{visibility}@rivers.example", "name": f"Ani Secret{visibility}", "visibility": visibility}
        here.signed(**SECRET, **mine)
    here.signed(**NGO, **{name: SECRET[name] for name in ("title", "city", "country")})
    here.signed(**{**UNPROVED, "organisation": "Secret Waiting"})
    here.found("Nino Founder, poet\n")
    return here


def test_the_public_dump_is_the_public_list_line_by_line(shown):
    found = public(shown)

    assert tuple(found[0]) == PUBLIC_COLUMNS
    assert [row["organisation"] or row["name"] for row in found] == [
        *("Nino Founder", "Ani Secretname", "A. S.", "", NGO["organisation"]),
    ]
    assert [row["founding"] for row in found] == ["yes", "no", "no", "no", "no"]


def test_the_public_dump_tells_of_nobody_what_they_keep_back(shown):
    """The twin is the whole dump, which has it all."""
    told, whole = dump(shown, read_choice({}, is_public=True)).decode(), dump(shown).decode()

    kept = ("Secretinitials", "Secretcountry", "Secretcounted", "Secret Waiting", "Maro", "@rivers")
    assert [word for word in kept if word in told] == []
    assert [word for word in kept if word in whole] == list(kept[:-1])
    _, _, initials, country, _ = public(shown)
    assert {name for name, value in initials.items() if value} == {"kind", "name", "title", "founding", "visibility"}
    assert {name for name, value in country.items() if value} == {"kind", "title", "country", "founding", "visibility"}


def test_of_a_withdrawal_the_public_learns_the_day(shown, clock):
    clock.forward(hours=12)  # the next day in Tokyo
    [mine] = shown.rows("SELECT id FROM signatures WHERE visibility = 'name' AND founding_place IS NULL"
                        " AND kind = 'individual'")  # fmt: skip
    withdraw_signature(shown.db, shown.ref(mine["id"]), shown=True, now=clock())

    assert [row["withdrawn"] for row in public(shown)] == ["", "2027-01-16", "", "", ""]


def test_nobody_is_in_it_before_the_day_of_the_list_and_founders_alone_before_names_are_released(scene, clock):
    later = scene.publish("later", 'list_from = 2027-03-01\ntimezone = "UTC"')
    later.signed()
    few = scene.publish("few", "names_from = 5")
    few.found("Nino Founder, poet\n")
    few.signed()

    assert public(later) == []
    assert [row["name"] for row in public(few)] == ["Nino Founder"]
    clock.forward(days=60)
    assert len(public(later)) == 1


def test_the_public_dump_goes_by_kind_in_batches_and_loses_nobody(shown, monkeypatch):
    monkeypatch.setattr("server.exports.EXPORT_BATCH", 2)

    assert len(public(shown)) == 5
    assert [row["kind"] for row in public(shown, kind="organisation")] == ["organisation"]


def test_the_journal_tells_a_public_dump_from_a_whole_one(scene):
    public(scene)

    assert [verb for verb, _, _ in export_lines(scene)] == ["export.begin-public", "export.end"]


def test_a_removed_one_leaves_the_public_dump(shown):
    [mine] = shown.rows("SELECT id FROM signatures WHERE organisation = :name", name=NGO["organisation"])
    moderation.remove_signature(shown.db, "all-kinds", mine["id"], actor="kate", reason=None, now=shown.clock())

    assert NGO["organisation"] not in [row["organisation"] for row in public(shown)]
