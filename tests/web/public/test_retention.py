"""How long names are kept: signers are told before they sign and ever after, and the list says what became of them."""

import pytest

from server.services import statements
from server.services.scheduled import anonymise_signatures
from tests.conftest import NOW
from tests.scene import run
from tests.web.reading import Page
from tests.web.scene import DATA, LIST, PAGE, newest_link, own_link

DAYS = "180 days after signing ends, we delete the names and everything else stored here about the people who signed."
DAY = "On 15 July 2027, we delete the names and everything else stored here about the people who signed."
TOMORROW = NOW + 86400


@pytest.fixture
def keep_for(db, statement):
    def keep_for(days, closes_at=None):
        sql = "UPDATE statements SET anonymise_after_days = :days, closes_at = :closes_at, stamp = stamp + 1"
        run(db, sql, days=days, closes_at=closes_at)

    return keep_for


def words(client, path):
    return " ".join(Page(client.get(path)).words.split())


@pytest.mark.parametrize(("closes_at", "said"), [(None, DAYS), (TOMORROW, DAY)])
def test_who_is_asked_to_sign_reads_when_all_of_it_is_erased(client, signer, context, clock, keep_for, closes_at, said):
    keep_for(180, closes_at)
    signer.post()

    for path in (PAGE, "/embed/open-rivers", newest_link(context, now=clock())):
        assert said in words(client, path)
    assert said in client.get(DATA).json["messages"]["form.promise"]


def test_who_has_signed_reads_it_on_their_own_page(client, confirmed, context, clock, keep_for):
    keep_for(180)

    assert DAYS in words(client, own_link(context, now=clock()))


@pytest.mark.parametrize(
    ("shown", "gone", "is_told"),
    [("name", None, False), ("initials", None, True), ("counted", None, True), ("name", NOW, True)],
)
def test_whom_the_organisers_have_listed_reads_it_only_where_their_name_is_not_shown(
    client, confirmed, context, db, clock, keep_for, shown, gone, is_told
):
    """The names of founders stay, and who is not on the list by name is erased like all others."""
    keep_for(180)
    change = "UPDATE signatures SET founding_place = 1, visibility = :shown, removed_at = :gone"
    run(db, change, shown=shown, gone=gone)

    assert (DAYS in words(client, own_link(context, now=clock()))) is is_told


def test_where_names_are_kept_nobody_reads_of_it(client, signer, context, clock):
    signer.post()

    for path in (PAGE, newest_link(context, now=clock())):
        assert "we delete the names" not in words(client, path)
    assert client.get(DATA).json["messages"]["form.promise"].endswith("Nothing is published before that.")


def test_once_it_is_done_the_list_says_how_many_signed_without_a_name(client, confirmed, db, clock, keep_for):
    keep_for(180)
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    assert "we delete the names" in words(client, PAGE)
    clock.forward(days=180)
    before = client.get(LIST).json

    anonymise_signatures(db, now=clock())

    after = client.get(LIST).json
    assert ([line["name"] for line in before["signatories"]], before["notice"]) == (["Անի Գևորգյան"], None)
    assert (after["signatories"], after["notice"]) == ([], "1 signature whose name we no longer keep.")
    assert client.get(DATA).json["counts"]["confirmed"] == 1
    assert "we delete the names" not in words(client, PAGE)
