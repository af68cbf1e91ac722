"""Publish: statements, their languages and versions from files; embedded by partners."""

from datetime import datetime

import pytest

from server.errors import Refused
from server.services.founding import import_founders
from server.services.texts import TextSigned, add_statement
from server.tables import statements
from server.tables import texts as texts_table
from server.text.signatory_list import read_signatory_list
from server.text.statement_file import read_statement, text_sha256
from tests.conftest import NOW, RIVERS
from tests.scene import look
from tests.web.scene import newest_link

AIR = """+++
slug = "clean-air"
locale = "en"
title = "Clean air"
eligibility = "Anybody who breathes"
goal = 500
opens = 2027-01-01
closes = 2027-06-01
timezone = "Asia/Tbilisi"
kinds = ["individual", "organisation"]
fields = ["title", "city"]
+++
We ask for clean air.
"""

LAKES = RIVERS.replace("**open** rivers", "**open** rivers and lakes")


def air(*, locale: str = "en", more: str = "", title: str = "Clean air", body: str = "We ask for clean air.") -> str:
    return f'+++\nslug = "clean-air"\nlocale = "{locale}"\ntitle = "{title}"\n{more}\n+++\n{body}\n'


@pytest.fixture
def add(db):
    return lambda source, **how: add_statement(db, read_statement(source), actor="kate", now=NOW, **how)


@pytest.fixture
def texts(db):
    def read(slug: str = "clean-air") -> list[tuple[str, int, str]]:
        with db.read() as tx:
            latest = texts_table.list_latest(tx, statements.get(tx, slug).id)
        return [(text.locale, text.version, text.title) for text in latest]

    return read


def journal(db) -> list[tuple[str, str]]:
    return [(row["verb"], row["subject"]) for row in look(db, "SELECT verb, subject FROM journal ORDER BY id")]


def test_a_new_statement_is_a_draft_with_what_its_file_says(db, add):
    added = add(AIR)

    with db.read() as tx:
        statement = statements.get(tx, "clean-air")
    assert statement.state(NOW) == "draft"
    assert (statement.locale, statement.goal, statement.fields) == ("en", 500, ("title", "city"))
    assert statement.opens_at == datetime.fromisoformat("2027-01-01T00:00:00+04:00").timestamp()
    assert statement.closes_at == datetime.fromisoformat("2027-06-01T23:59:59+04:00").timestamp()
    sha256 = text_sha256("Clean air", "Anybody who breathes", "We ask for clean air.")
    assert added == (1, sha256, True)
    assert journal(db) == [("statement.text", "statement:clean-air")]


def test_a_file_that_says_little_gets_careful_defaults(db, add):
    add(air())

    with db.read() as tx:
        statement = statements.get(tx, "clean-air")
    assert statement.kinds == ("individual", "organisation")
    assert (statement.moderation, statement.mailbox_seats, statement.visibilities) == ("organisations", 2, ("name",))
    assert (statement.newsletter, statement.keep_contacts, statement.discreet) == (False, False, False)


def test_the_same_file_twice_adds_nothing(db, add, texts):
    first = add(AIR)
    before = journal(db)

    again = add(AIR)

    assert again == (first.version, first.sha256, False)
    assert (texts(), journal(db)) == ([("en", 1, "Clean air")], before)


def test_another_language_may_leave_out_what_all_share(add, texts):
    add(AIR)

    added = add(air(locale="fr", title="De l’air pur"))

    assert (added.version, added.is_new) == (1, True)
    assert texts() == [("en", 1, "Clean air"), ("fr", 1, "De l’air pur")]


def test_another_language_may_say_the_same_again_in_another_order(add, texts):
    add(AIR)

    add(air(locale="fr", more='kinds = ["organisation", "individual"]\ngoal = 500\nfields = ["city", "title"]'))

    assert [locale for locale, _, _ in texts()] == ["en", "fr"]


def test_what_contradicts_the_statement_is_refused_by_name(add, texts):
    add(AIR)
    other = (
        'goal = 600\nkinds = ["individual"]\nopens = 2027-01-02\ntimezone = "Asia/Tbilisi"\nfields = ["title", "city"]'
    )

    with pytest.raises(Refused) as refusal:
        add(air(locale="fr", more=other))

    named = str(refusal.value).partition(":")[0].split(", ")
    assert set(named) == {"goal", "kinds", "opens"}
    assert texts() == [("en", 1, "Clean air")]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("goal = 501", "goal"),
        ('closes = 2027-06-02\ntimezone = "Asia/Tbilisi"', "closes"),
        ('timezone = "Europe/Paris"', "timezone"),
        ('fields = ["title"]', "fields"),
        ('fields = ["title", "city"]\nrequired = ["title"]', "required"),
        ('moderation = "none"', "moderation"),
        ('visibilities = ["name", "counted"]', "visibilities"),
        ("newsletter = true", "newsletter"),
        ("discreet = true", "discreet"),
        ("indexed = true", "indexed"),
        ('reply_to = "us@rivers.example"', "reply_to"),
        ("mailbox_seats = 1", "mailbox_seats"),
        ("keep_contacts = true", "keep_contacts"),
    ],
)
def test_every_shared_value_is_compared(add, line, name):
    add(AIR)

    with pytest.raises(Refused, match=rf"^{name}: "):
        add(air(locale="fr", more=line))


@pytest.mark.parametrize(
    "change",
    [
        {"body": "We demand clean air."},
        {"title": "Air!"},
        {"more": 'eligibility = "All"'},
        {"more": 'place = "Yerevan"'},
    ],
)
def test_a_changed_text_is_a_new_version_and_the_old_one_stays(db, add, texts, change):
    first = add(air())

    second = add(air(**change))

    assert (second.version, second.is_new) == (2, True)
    assert [version for _, version, _ in texts()] == [2]
    kept = look(db, "SELECT sha256, change FROM statement_texts ORDER BY id")
    assert kept[0] == {"sha256": first.sha256, "change": "first"}
    assert kept[1] == {"sha256": second.sha256, "change": "substance"}


@pytest.fixture
def confirmed(signer, client, context, clock):
    """One signature under the open statement, confirmed by its link."""
    signer.post()
    assert client.post(newest_link(context, now=clock()), data={"consent": "yes"}).status_code == 303


@pytest.mark.usefixtures("confirmed")
def test_a_text_that_people_have_confirmed_is_not_changed_by_chance(db, texts):
    changed = read_statement(LAKES)

    with pytest.raises(TextSigned, match="people have signed version 1 of open-rivers"):
        add_statement(db, changed, actor="kate", now=NOW)
    assert {version for _, version, _ in texts("open-rivers")} == {1}


@pytest.mark.usefixtures("confirmed")
def test_the_same_text_and_another_language_may_come_when_people_have_signed(add):
    assert not add(RIVERS).is_new
    assert add(RIVERS.replace('locale = "en"', 'locale = "hy"')).is_new


def test_a_text_with_pending_and_founding_signatures_may_still_be_mended(db, add, statement, signer):
    signer.post()
    import_founders(db, "open-rivers", read_signatory_list("River Watch\nLake Watch\n").entries, actor="kate", now=NOW)

    assert add(LAKES).version == 2
    [founders] = look(db, "SELECT DISTINCT text_id FROM signatures WHERE founding_place IS NOT NULL")
    with db.read() as tx:
        assert texts_table.get(tx, founders["text_id"]).version == 2, "they go with the text"
