"""Names that are not shown yet: until there are enough of them, or until a day; the list says which, and how many."""

import pytest

from server.services.founding import import_founders
from server.text.signatory_list import read_signatory_list
from server.web import shared
from tests.scene import run
from tests.web.reading import Page
from tests.web.scene import DATA, LIST, PAGE, TICKED, newest_link

TOGETHER = "Names will be published together once there are enough signatures."
EMPTY = "No names here yet."


@pytest.fixture
def sign(signer, context, client, clock):
    def sign_and_confirm(name, **fields):
        email = f"{name}@rivers.example".lower()
        assert signer.post(name=name, email=email, **fields).status_code == 202
        assert client.post(newest_link(context, now=clock()), data=TICKED).status_code == 303

    return sign_and_confirm


@pytest.fixture
def change(db, statement):
    def change(**columns):
        for column, value in columns.items():
            run(db, f"UPDATE statements SET {column} = :value, stamp = stamp + 1", value=value)

    return change


def found(db, clock):
    import_founders(
        db, "open-rivers", read_signatory_list("Founders\n", "organisation").entries, actor="test", now=clock()
    )


def notice(client, query=""):
    """What the list says, which is what the page says too."""
    said = client.get(f"{LIST}?{query}").json["notice"]
    assert (said or EMPTY) in Page(client.get(PAGE)).words or (said is None and shown(client))
    return said


def shown(client):
    """The names on the list, and they are those on the page."""
    names = [line["shown"] for line in client.get(LIST).json["signatories"]]
    assert [name for name in names if name not in Page(client.get(PAGE)).words] == []
    return names


def read_by_the_public(client):
    paths = (LIST, f"{LIST}?kind=individual", f"{LIST}?q=a", DATA, PAGE, "/s/open-rivers/thanks", "/embed/open-rivers")
    return "\n".join(client.get(path).get_data(as_text=True) for path in paths)


def test_no_name_is_anywhere_until_there_are_enough_and_then_all_are(client, sign, change):
    change(names_from=3)
    sign("Astghik")
    sign("Davit")
    assert "Astghik" not in read_by_the_public(client)
    assert "Davit" not in read_by_the_public(client)
    assert client.get(DATA).json["counts"]["latest_text"] is None

    sign("Leyla")

    assert shown(client) == ["Astghik", "Davit", "Leyla"]
    assert "Leyla" in client.get(DATA).json["counts"]["latest_text"]
    assert notice(client) is None


def test_the_list_says_how_many_wait_besides_the_founders(client, sign, change, db, clock):
    change(names_from=9)
    found(db, clock)
    assert notice(client) is None

    sign("Astghik")
    assert notice(client) == f"1 more name is not shown yet. {TOGETHER}"
    sign("Davit")
    sign("Zaur", visibility="counted")  # nothing of it will ever be shown

    assert shown(client) == ["Founders"]
    for query in ("", "kind=organisation", "q=founders", "q=nobody"):
        assert notice(client, query) == f"2 more names are not shown yet. {TOGETHER}"


def test_below_the_number_that_may_be_told_the_list_tells_none(client, sign, change):
    change(names_from=9, count_from=2, goal=10)
    assert "<progress" not in client.get(PAGE).get_data(as_text=True)
    assert notice(client) == TOGETHER
    sign("Astghik")
    assert notice(client) == TOGETHER

    sign("Davit")

    assert notice(client) == f"2 more names are not shown yet. {TOGETHER}"


def test_before_its_day_the_list_is_empty_and_says_so(client, sign, change, clock, db):
    found(db, clock)
    sign("Astghik")
    change(list_from=clock() + 86400, timezone="Asia/Tbilisi", names_from=9)

    for query in ("", "kind=organisation", "q=founders"):
        assert client.get(f"{LIST}?{query}").json["signatories"] == []
        assert notice(client, query) == "Names will be published here on 16 January 2027, 12:00 (Tbilisi, UTC+4)."
    for name in ("Founders", "Astghik"):
        assert name not in read_by_the_public(client)


def test_when_its_day_comes_every_kept_answer_is_made_anew(client, sign, change, clock):
    sign("Astghik")
    change(list_from=clock() + 2)
    early = [client.get(path) for path in (LIST, DATA)]
    clock.forward(seconds=1)
    assert client.get(LIST).data == early[0].data

    clock.forward(seconds=1)

    for path, answer in zip((LIST, DATA), early, strict=True):
        assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200
    assert shown(client) == ["Astghik"]
    assert "Astghik" in client.get(DATA).json["counts"]["latest_text"]
    assert notice(client) is None


def test_an_answer_kept_under_the_stamp_alone_outlives_the_day(client, sign, change, clock, monkeypatch):
    """The twin: nothing is written when the day comes, so that the stamp stays what it was."""
    monkeypatch.setattr(shared, "read_version", lambda here, slug: "the stamp")
    sign("Astghik")
    change(list_from=clock() + 2)
    early = client.get(LIST)
    clock.forward(seconds=2)

    assert client.get(LIST).data == early.data


def test_a_statement_that_keeps_nothing_back_says_nothing(client, sign, statement):
    assert notice(client) is None
    sign("Astghik")

    assert notice(client) is None
