"""What the list tells of whom: never more than its signer chose, to no caller and to no search."""

import re

import pytest

from server.tables import signature_queries, signatures
from tests.databases import databases
from tests.tables.rows import NOW, add_confirmed, add_founding, add_pending_organisation, add_statement, confirm

FULL = {
    "name": "Anna-Maria Gevorgyan",
    "name_key": "anna maria gevorgyan",
    "title": "Teacher",
    "affiliation": "School No 5",
    "website": "https://anna.example",
    "city": "Kutaisi",
    "country": "GE",
    "comment": "We drink from it.",
}
TOLD = ("name", "title", "affiliation", "organisation", "website", "city", "country", "comment")


def page(tx, statement_id, *, sought="", kind=None, now=NOW, after=0, most=100):
    return signature_queries.list_signatories(
        tx, statement_id, now=now, kind=kind, after=after, most=most, sought=sought
    )


def told(line) -> dict[str, str]:
    return {column: getattr(line, column) for column in TOLD if getattr(line, column) is not None}


@pytest.mark.parametrize(
    ("visibility", "wanted"),
    [
        ("name", {column: FULL[column] for column in TOLD if column != "organisation"}),
        ("initials", {"name": "A.-M. G.", "title": "Teacher"}),
        ("country", {"title": "Teacher", "country": "GE"}),
    ],
)
def test_a_line_tells_what_its_signer_chose_and_nothing_else(tx, statement, visibility, wanted):
    add_confirmed(tx, statement, 1, visibility=visibility, **FULL)

    for kind in (None, "individual"):
        [line] = page(tx, statement.id, kind=kind)
        assert told(line) == wanted


def test_of_an_organisation_that_hides_its_name_nothing_is_told(tx, statement):
    """No form offers it; were such a row ever written, its representative's name must not come out of it."""
    pending = add_pending_organisation(tx, statement, **FULL | {"name_key": "river watch"}, visibility="initials")
    confirm(tx, pending)

    assert [told(line) for line in page(tx, statement.id)] == [{}]


@pytest.mark.parametrize(
    ("visibility", "latest"), [("name", [FULL["name"]]), ("initials", ["A.-M. G."]), ("country", [])]
)
def test_who_came_last_is_named_as_on_the_list(tx, statement, visibility, latest):
    add_confirmed(tx, statement, 1, visibility=visibility, **FULL)
    add_confirmed(tx, statement, 2, visibility="counted")

    assert signature_queries.list_latest_names(tx, statement.id, now=NOW, most=3) == latest


# A search is a question about names, and must not answer it about hidden ones.


def spell_out(seek) -> str:
    """Learn a hidden name as a stranger would: letter by letter, by what a search finds."""
    known = ""
    while (more := next((letter for letter in "abcdegimnorvy " if seek(known + letter)), None)) and len(known) < 30:
        known += more
    return known


@pytest.mark.parametrize("visibility", ["initials", "country"])
@pytest.mark.parametrize("kind", [None, "individual"])
def test_a_search_does_not_spell_out_a_hidden_name(tx, statement, visibility, kind):
    add_confirmed(tx, statement, 1, visibility=visibility, **FULL)

    assert spell_out(lambda sought: page(tx, statement.id, sought=sought, kind=kind)) == ""

    add_confirmed(tx, statement, 2, name="Nino", name_key="nino")
    assert [line.name for line in page(tx, statement.id, sought="n", kind=kind)] == ["Nino"]
    assert len(page(tx, statement.id, kind=kind)) == 2


def test_a_search_by_letters_alone_spells_out_a_hidden_name(tx, statement):
    """The twin: the search as it was, which asked every listed row."""
    add_confirmed(tx, statement, 1, visibility="country", **FULL)
    naive = "SELECT id FROM signatures WHERE state = 'confirmed' AND visibility <> 'counted' AND name_key LIKE :like"

    learnt = spell_out(lambda sought: tx.rows(naive, {"like": f"{sought}%"}))

    assert learnt == FULL["name_key"]


# Who withdrew.


def withdraw(tx, signature, *, shown: int | None = 1) -> None:
    sql = "UPDATE signatures SET withdrawn_at = :now, withdrawal_shown = :shown WHERE id = :id"
    tx.run(sql, {"now": NOW + 5, "shown": shown, "id": signature.id})


@pytest.mark.parametrize("kind", [None, "individual"])
def test_a_withdrawal_that_is_to_be_seen_keeps_its_place_and_the_others_go(tx, statement, kind):
    first, hidden, shown, unsaid, last = (add_confirmed(tx, statement, number) for number in range(5))
    withdraw(tx, hidden, shown=0)
    withdraw(tx, shown)
    withdraw(tx, unsaid, shown=None)

    lines = page(tx, statement.id, kind=kind)

    assert [line.name for line in lines] == [first.name, shown.name, last.name]
    assert [line.withdrawn_at for line in lines] == [None, NOW + 5, None]
    assert signature_queries.list_latest_names(tx, statement.id, now=NOW, most=3) == [last.name, first.name]


def test_a_withdrawal_shows_no_more_than_the_signature_did(tx, statement):
    for number, visibility in enumerate(["initials", "country", "counted"]):
        withdraw(tx, add_confirmed(tx, statement, number, visibility=visibility, **FULL))

    assert [told(line) for line in page(tx, statement.id)] == [
        {"name": "A.-M. G.", "title": "Teacher"},
        {"title": "Teacher", "country": "GE"},
    ]


def test_what_was_never_on_the_list_does_not_come_onto_it_by_a_withdrawal(tx, statement):
    held, removed = (add_confirmed(tx, statement, number) for number in range(2))
    signatures.hold(tx, held.id, now=NOW)
    signatures.remove(tx, removed.id, now=NOW)
    for signature in (held, removed):
        withdraw(tx, signature)

    assert page(tx, statement.id) == []


# Names that wait: for each other, or for a day.


def waiting_statement(tx, statement, **columns):
    for column, value in columns.items():
        tx.run(f"UPDATE statements SET {column} = :value WHERE id = :id", {"value": value, "id": statement.id})
    add_founding(tx, statement, "Founder")
    withdraw(tx, add_confirmed(tx, statement, 1, name="Withdrawn"))
    add_confirmed(tx, statement, 2, name="Ani", name_key="ani")
    return statement.id


@pytest.mark.parametrize("kind", [None, "individual"])
def test_founding_names_alone_are_shown_until_all_are_released(tx, statement, kind):
    waiting = waiting_statement(tx, statement, names_from=9)

    assert [line.name for line in page(tx, waiting, kind=kind)] == ["Founder"]
    assert page(tx, waiting, kind=kind, sought="ani") == []
    assert signature_queries.list_latest_names(tx, waiting, now=NOW, most=3) == []
    assert signature_queries.count_signatories_without_founders(tx, waiting) == 1

    tx.run("UPDATE statements SET names_released_at = 1 WHERE id = :id", {"id": waiting})

    assert [line.name for line in page(tx, waiting, kind=kind)] == ["Founder", "Withdrawn", "Ani"]
    assert [line.name for line in page(tx, waiting, kind=kind, sought="ani")] == ["Ani"]
    assert signature_queries.list_latest_names(tx, waiting, now=NOW, most=3) == ["Ani"]


@pytest.mark.parametrize(("now", "names"), [(NOW - 1, []), (NOW, ["Founder", "Withdrawn", "Ani"])])
def test_nobody_is_listed_before_the_lists_day(tx, statement, now, names):
    embargoed = waiting_statement(tx, statement, list_from=NOW)

    assert [line.name for line in page(tx, embargoed, now=now)] == names
    assert [line.name for line in page(tx, embargoed, now=now, sought="ani")] == names[2:]
    assert signature_queries.list_latest_names(tx, embargoed, now=now, most=3) == names[2:]


def test_a_statements_patience_is_its_own(tx, statement):
    waiting_statement(tx, statement)
    add_statement(tx, "other", names_from=9, list_from=NOW + 1)

    assert len(page(tx, statement.id)) == 3


# A page of a long list is read from an index: no row that is not on it, and no sorting.


@pytest.mark.parametrize(
    ("query", "index"), [("page", "listed"), ("page_of_kind", "listed_by_kind"), ("list_latest_names", "listed")]
)
def test_a_page_is_read_from_its_index(tx, statement, query, index):
    sql = getattr(signature_queries._sql, query).sql
    asked = {"statement_id": 1, "after": 0, "until": 9, "others_from": 5, "kind": "individual", "like": "%", "most": 9}
    if databases.on_postgres:  # of a table this small it would rather read all
        for way in ("seqscan", "bitmapscan"):
            tx.run(f"SET LOCAL enable_{way} = off", {})

    explain = "EXPLAIN" if databases.on_postgres else "EXPLAIN QUERY PLAN"
    plan = str([list(row.values()) for row in tx.rows(f"{explain} {sql}", asked)])

    assert re.search(rf"(using|USING INDEX) {index} ", plan)
    assert not re.search("Sort|TEMP B-TREE", plan)
