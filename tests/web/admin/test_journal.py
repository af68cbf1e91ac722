"""The journal at the desk: what each may read, how it is searched, and that taking it away stands in it."""

import json
import re

import pytest

from server.tables import journal
from tests.scene import look
from tests.tables.rows import write_journal
from tests.web.reading import Page

JOURNAL, ALL = "/admin/statements/open-rivers/journal", "/admin/journal"
DAY_S = 86400


@pytest.fixture
def write(db, statement, clock):
    def write(verb="signature.hold", *, actor="admin:mher", subject="signature:1", days=0, whose=statement.id, **more):
        now = clock() + days * DAY_S
        with db.write() as tx:
            return write_journal(tx, verb, actor=actor, subject=subject, statement_id=whose, now=now, **more)

    return write


def ids(page) -> list[int]:
    """The numbers of the lines on a page."""
    return [int(number) for number in re.findall(r"Line ([\d,]+):", page.words.replace(",", ""))]


def test_a_moderator_reads_what_was_done_under_their_statement_alone(db, moderator, write, clock):
    mine, other, servers = write(), write(whose=99), write("admin.disable", whose=None)
    found = ids(moderator.get(JOURNAL))

    assert mine in found
    assert not {other, servers} & set(found)
    assert moderator.open(ALL).status_code == 403


def test_the_owner_of_the_server_reads_everything(server_owner, write):
    written = [write(), write(whose=99), write("admin.disable", whose=None)]

    assert set(written) <= set(ids(server_owner.get(ALL)))


def test_a_line_says_who_what_about_what_and_why_and_what_was_before(moderator, write):
    write(reason="looks <b>forged</b>", before={"title": "Poet", "city": None}, after={"title": "Anahit’s \u202eteop"})
    page = moderator.get(JOURNAL)

    for words in ("mher", "held a signature", "signature 1", "looks <b>forged</b>", "title: Poet", "Anahit’s"):
        assert words in page.words
    assert "<b>forged" not in page.html


def test_a_verb_without_words_stands_there_as_it_is(moderator, write):
    write("comet.catch", actor="rule:comets")
    page = moderator.get(JOURNAL, verb="comet.catch")

    assert "comet.catch" in page.words
    assert "rule: comets" in page.words
    assert page.values["verb"] == "comet.catch"


def test_what_signers_did_is_shown_to_who_asks_for_it(moderator, write):
    theirs, ours = write("signature.amend", actor="signer"), write()

    assert ids(moderator.get(JOURNAL))[0:1] == [ours]
    assert ids(moderator.get(JOURNAL, signers="yes"))[0:2] == [ours, theirs]
    assert ids(moderator.get(JOURNAL, actor="signer")) == [theirs]
    assert set(ids(moderator.get(JOURNAL, subject="signature 1"))) == {ours, theirs}


@pytest.mark.parametrize(
    "asked",
    [
        {"actor": "olga"},
        {"actor": "ADMIN:olga"},
        {"verb": "signature.approve"},
        {"subject": "signature:7"},
        {"subject": "signature 7"},
        {"reason": "WROTE to"},
        {"day": "2027-01-18"},
        {"actor": "olga", "day": "2027-01-18", "reason": "she"},
    ],
)
def test_it_is_found_by_who_what_about_what_why_and_when(moderator, write, asked):
    write()
    wanted = write("signature.approve", actor="admin:olga", subject="signature:7", reason="she wrote to us", days=3)

    assert ids(moderator.get(JOURNAL, **asked)) == [wanted]


@pytest.mark.parametrize(
    "asked",
    [
        {"actor": "' OR 1=1 --"},
        {"day": "0001-01-01"},
        {"reason": "%"},
        {"reason": "a\0b"},
        {"before": "0"},
        {"subject": "x" * 200},
    ],
)
def test_whatever_is_asked_for_is_answered(moderator, write, asked):
    write(reason="forged")

    assert ids(moderator.get(JOURNAL, **asked)) == []


def test_a_search_that_is_too_long_is_refused_and_not_cut_in_silence(moderator):
    assert moderator.open(JOURNAL, query_string={"subject": "x" * 201}).status_code == 400


@pytest.mark.parametrize(
    "asked", [{"before": "9" * 40}, {"before": "-" + "9" * 30}, {"before": "x"}, {"day": " "}, {"other": "y"}]
)
def test_what_means_nothing_hides_nothing(moderator, write, asked):
    assert write() in ids(moderator.get(JOURNAL, **asked))


@pytest.mark.parametrize("day", ["yesterday", "2027-1-15", "20270115", "9999-12-31"])
def test_what_is_no_day_is_told_beside_its_field_and_nothing_is_looked_for(moderator, write, day):
    write("comet.catch")
    answer = moderator.open(JOURNAL, query_string={"day": day, "verb": "comet.catch"})
    page = Page(answer)

    assert (answer.status_code, ids(page)) == (422, [])
    assert (page.values["day"], page.values["verb"]) == (day, "comet.catch")
    assert "aria-invalid" in page.fields["day"]
    assert "Enter a date such as 2027-01-31." in page.words
    assert "aria-invalid" not in moderator.get(JOURNAL, day="2027-01-15").fields["day"]


def test_a_day_is_the_statements_own(db, moderator, write, statement):
    """At 22:00 UTC it is the next day in Tbilisi."""
    with db.write() as tx:
        tx.run("UPDATE statements SET timezone = 'Asia/Tbilisi'", {})
    late = write("comet.catch", days=0)
    with db.read() as tx:
        [row] = tx.rows("SELECT at FROM journal WHERE id = :id", {"id": late})
    assert row["at"] % DAY_S < 20 * 3600

    evening = (22 * 3600 - row["at"] % DAY_S) / DAY_S
    late = write("comet.catch", days=evening)

    assert ids(moderator.get(JOURNAL, verb="comet.catch", day="2027-01-16")) == [late]


def test_pages_lead_to_the_oldest_and_keep_what_was_asked_for(moderator, write):
    written = [write("comet.catch", subject=f"comet:{number}") for number in range(120)]
    page, found = moderator.get(JOURNAL, verb="comet.catch"), []
    while True:
        found += ids(page)
        older = [href for words, href in page.links if words == "Older"]
        if not older:
            break
        path, _, query = older[0].partition("?")
        page = moderator.get(path, **dict(part.split("=") for part in query.split("&")))

    assert found == written[::-1]
    assert any(words == "Back to the newest" for words, _ in page.links)


def test_what_was_erased_says_so(db, moderator, write):
    write(before="Ani", subject="signature:7")
    with db.write() as tx:
        journal.erase_details(tx, "signature:7")

    assert "deleted together with" in moderator.get(JOURNAL, subject="signature:7").words


def test_the_journal_of_the_server_is_a_file_that_says_so(server_owner, write):
    write(whose=None)

    answer = server_owner.post(f"{ALL}/export")

    assert answer.headers["Content-Disposition"] == "attachment; filename=server-journal-2027-01-15.jsonl"


def test_the_export_is_whole_is_a_file_and_stands_in_the_journal(db, moderator, write):
    write(before={"name": "Անի"})
    last = write(whose=None)

    answer = moderator.post(f"{JOURNAL}/export")

    lines = [json.loads(line) for line in answer.data.decode().splitlines()]
    [expected] = look(db, "SELECT count(*) AS n FROM journal WHERE statement_id IS NOT NULL AND id < :id", id=last)
    assert len(lines) == expected["n"]
    assert json.loads(lines[-1]["before"]) == {"name": "Անի"}
    assert answer.headers["Content-Disposition"] == "attachment; filename=open-rivers-journal-2027-01-15.jsonl"
    assert answer.content_length == len(answer.data)
    told = look(db, "SELECT actor, verb FROM journal ORDER BY id DESC LIMIT 2")
    assert [(row["actor"], row["verb"]) for row in told] == [
        ("admin:mher", "journal.exported"),
        ("admin:mher", "journal.export"),
    ]


def test_the_server_shows_by_what_a_cut_off_end_is_seen(db, server_owner, moderator, write):
    newest = write()
    [row] = look(db, "SELECT hash FROM journal WHERE id = :id", id=newest)

    assert f"{newest}:{bytes(row['hash']).hex()}" in server_owner.get(ALL).words
    assert "Verify the journal" not in moderator.get(JOURNAL).words
