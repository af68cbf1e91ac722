"""Looking for signatures: any letters of a line, every filter, newest first, and never more than a window of them."""

import pytest

from server.tables import signature_queries, signatures
from server.tables.signature_queries import SignatureSearch
from server.text.names import name_key, search_key, sought_key
from tests.tables.rows import add_confirmed, add_founding, add_pending, add_statement, text_id_of

TEN_SCRIPTS = [
    ("Anna Petrosyan", "petros"),
    ("Семён Ёлкин", "ЕЛКИН"),
    ("Անի Գևորգյան", "գեվորգ"),
    ("ნინო ბერიძე", "ᲑᲔᲠᲘᲫ"),
    ("Rəşad Əliyev", "resad"),
    ("İlkay Işık", "ilkay isik"),
    ("Νίκος Παπαδόπουλος", "παπαδο"),
    ("محمد الكاتب", "الکات"),
    ("王芳", "王芳"),
    ("अनिता शर्मा", "शर्म"),
]


def find(tx, statement, *, before=None, is_large=False, most=50, typed=None, **values):
    like = sought_key(typed) if typed else None
    return signature_queries.search_signatures(
        tx, statement.id, SignatureSearch(like=like, **values), before=before, is_large=is_large, most=most
    )


def names(page):
    return [line["name"] for line in page.lines]


@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize(("name", "typed"), TEN_SCRIPTS)
def test_a_part_of_a_name_is_found_in_any_script(tx, statement, is_large, name, typed):
    for number, (other, _) in enumerate(TEN_SCRIPTS):
        add_confirmed(tx, statement, number, name=other, name_key=name_key(other))

    assert names(find(tx, statement, typed=typed, is_large=is_large)) == [name]


def test_whatever_stands_in_a_line_is_found(tx, statement):
    add_confirmed(tx, statement, 1, title="Poet", affiliation="River House", city="Kutaisi")

    for typed in ("poet", "river h", "kutais", "signer 1"):
        assert names(find(tx, statement, typed=typed, is_large=True)) == ["Signer 1"], typed
    assert names(find(tx, statement, typed="ver h k", is_large=True)) == []


@pytest.mark.parametrize(
    ("typed", "sought"), [("Ani", "ani"), ("a_n%", "a n"), ("芳", " 芳 "), ("王芳", " 王芳"), ("%", None), ("_", None)]
)
def test_what_is_sought_has_three_letters_or_their_edges_and_no_wildcard(typed, sought):
    assert sought_key(typed) == sought
    assert search_key("Ani", None, "Poet") == " ani poet "


def test_who_has_not_confirmed_is_not_indexed_and_found_among_the_newest(tx, statement):
    pending = add_pending(tx, statement, name="Findable")

    assert names(find(tx, statement, typed="findable", is_large=True)) == []
    assert tx.rows("SELECT search_key FROM signatures", {}) == [{"search_key": None}]
    assert [line["id"] for line in find(tx, statement, state="pending").lines] == [pending.id]


def test_a_line_that_was_written_anew_is_found_by_its_new_words_alone(tx, statement):
    signature = add_confirmed(tx, statement, 1, name="Before")
    line = dict.fromkeys(("title", "affiliation", "city", "country", "comment"))

    signatures.change(tx, signature.id, {**line, "name": "After", "visibility": "name", "name_key": "after"}, now=1)

    found = {typed: len(find(tx, statement, typed=typed, is_large=True).lines) for typed in ("before", "after")}
    assert found == {"before": 0, "after": 1}


def test_pages_go_back_newest_first_and_meet_everybody_once(tx, statement):
    for number in range(7):
        add_confirmed(tx, statement, number)
    seen, before = [], None
    while True:
        page = find(tx, statement, before=before, most=3)
        seen += names(page)
        before = page.before
        if before is None:
            break

    assert seen == [f"Signer {number}" for number in reversed(range(7))]


def test_each_filter_passes_by_the_others(tx, statement):
    add_confirmed(tx, statement, 1)
    add_confirmed(tx, statement, 2, locale="hy")
    add_confirmed(tx, statement, 3, partner_id=1)
    add_confirmed(tx, statement, 4, held=True)
    add_confirmed(tx, statement, 5, mail_domain="rivers.example")
    add_confirmed(tx, statement, 6, kind="organisation", organisation="River Watch", organisation_key="river watch")
    asked = {
        "Signer 2": {"locale": "hy"},
        "Signer 3": {"partner_id": 1},
        "Signer 4": {"state": "held"},
        "Signer 5": {"domain": "rivers.example"},
        "Signer 6": {"kind": "organisation"},
    }

    for is_large in (False, True):
        assert {name: names(find(tx, statement, is_large=is_large, **values)) for name, values in asked.items()} == {
            name: [name] for name in asked
        }
        assert names(find(tx, statement, typed="signer", is_large=is_large, locale="hy")) == ["Signer 2"]
        assert names(find(tx, statement, is_large=is_large, domain="rivers.example", locale="hy")) == []


def test_nobody_of_another_statement_is_found(tx, statement):
    add_confirmed(tx, statement, 1, statement_id=add_statement(tx, "clean-lakes"), text_id=text_id_of(tx, statement))

    for values in ({}, {"typed": "signer"}, {"typed": "signer", "is_large": True}, {"locale": "en"}, {"state": "held"}):
        assert find(tx, statement, **values).lines == []


def test_days_bound_a_page_exactly(tx, statement):
    for number, at in enumerate([100, 1000, 1001, 5000]):
        add_confirmed(tx, statement, number, now=at)

    assert names(find(tx, statement, since=1000, until=5000)) == ["Signer 2", "Signer 1"]
    assert names(find(tx, statement, since=1000)) == ["Signer 3", "Signer 2", "Signer 1"]
    assert names(find(tx, statement, until=1000)) == ["Signer 0"]


@pytest.mark.parametrize("asked", [{"locale": "hy"}, {"typed": "signer", "locale": "hy"}])
def test_a_rare_search_looks_back_a_window_at_a_time_and_says_so(tx, statement, monkeypatch, asked):
    monkeypatch.setattr(signature_queries, "IDS_AT_ONCE", 3)
    monkeypatch.setattr(signature_queries, "FOUND_AT_ONCE", 3)
    add_confirmed(tx, statement, 0, locale="hy")
    for number in range(1, 8):
        add_confirmed(tx, statement, number)
    pages, before = [], None
    for _ in range(9):
        page = find(tx, statement, before=before, is_large=True, **asked)
        pages.append((names(page), page.is_cut))
        before = page.before
        if before is None:
            break

    assert [cut for _, cut in pages] == [True] * (len(pages) - 1) + [False]
    assert [name for found, _ in pages for name in found] == ["Signer 0"]
    assert len(pages) > 2


def test_an_address_finds_its_own_in_whatever_state(tx, statement):
    mine = add_confirmed(tx, statement, 1, email_key=b"m" * 32)
    add_confirmed(tx, statement, 2)
    pending = add_pending(tx, statement, email_key=b"m" * 32)

    found = signature_queries.list_signatures_of_address(tx, statement.id, b"m" * 32, most=9)
    assert [line["id"] for line in found] == [pending.id, mine.id]


def test_who_waits_longest_comes_first_page_after_page(tx, statement):
    for number, at in ((1, 30), (2, 10), (3, 20)):
        signature = add_confirmed(tx, statement, number)
        signatures.hold(tx, signature.id, now=at)

    first = signature_queries.list_held_signatures(tx, statement.id, "individual", after=(0, 0), most=2)
    cursor = first[-1]["held_at"], first[-1]["id"]
    rest = signature_queries.list_held_signatures(tx, statement.id, "individual", after=cursor, most=2)
    assert [line["name"] for line in first + rest] == ["Signer 2", "Signer 3", "Signer 1"]


def test_lines_of_an_older_version_are_indexed_some_at_a_time(tx, statement):
    for number in range(3):
        add_confirmed(tx, statement, number)
    add_founding(tx, statement, "Founder")
    add_pending(tx, statement)
    tx.run("UPDATE signatures SET search_key = NULL", {})

    assert [signatures.make_searchable(tx, most=3) for _ in range(3)] == [3, 1, 0]
    assert names(find(tx, statement, typed="founder", is_large=True)) == ["Founder"]


def test_a_mail_domain_goes_after_its_days_and_a_pending_ones_stays(tx, statement):
    add_confirmed(tx, statement, 1, mail_domain="rivers.example")
    add_pending(tx, statement, mail_domain="lakes.example")

    assert signatures.erase_mail_domains(tx, before=1, most=9) == 0
    assert [signatures.erase_mail_domains(tx, before=2**40, most=9) for _ in range(2)] == [1, 0]
    assert [row["mail_domain"] for row in tx.rows("SELECT mail_domain FROM signatures ORDER BY id", {})] == [
        None,
        "lakes.example",
    ]
