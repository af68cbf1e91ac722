"""How a signer appears: as chosen, in every place that the public can look at, and nowhere with more than that."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest

from server.errors import Invalid
from server.exports import export_signatures
from server.text.statement_file import VISIBILITIES, read_statement
from server.web.public.submission import describe_fields, fields_of, read_submission, visibilities_of
from tests.scene import look, run
from tests.web.reading import Page
from tests.web.scene import DATA, LIST, PAGE, TICKED, newest_link

MARO = {
    "name": "Maro-Nino Beridze",
    "title": "Teacher",
    "affiliation": "School No 5",
    "city": "Zestaponi",
    "country": "GE",
    "comment": "We drink from it.",
    "email": "maro@rivers.example",
}
SECRETS = ("Maro", "Beridze", "School No 5", "Zestaponi", "We drink from it.")
PINK = {"kind": "organisation", "organisation": "Pink NGO", "website": "https://rivers.example", "authorised": True}


@pytest.fixture
def ladder(db, statement):
    """The statement, offering every way to appear."""
    run(db, "UPDATE statements SET visibilities = :all", all='["name", "initials", "country", "counted"]')
    return replace(statement, visibilities=VISIBILITIES)


@pytest.fixture
def sign(ladder, signer, context, client, clock):
    def sign_and_confirm(**fields):
        answer = signer.post(**MARO | fields)
        assert answer.status_code == 202, answer.json
        link = newest_link(context, now=clock())
        preview = client.get(link)
        assert client.post(link, data=TICKED).status_code == 303
        return Page(preview)

    return sign_and_confirm


def everywhere(client) -> str:
    """All that the public may read about a statement and who signed it."""
    pages = [PAGE, "/s/open-rivers/thanks", "/embed/open-rivers", "/s/open-rivers/embed"]
    kinds = [LIST, f"{LIST}?kind=individual", f"{LIST}?locale=fr", f"{LIST}?q=t", DATA]
    more = [f"{DATA}/embed-check", "/oembed?" + urlencode({"url": f"http://localhost:8000{PAGE}"})]
    answers = [client.get(path) for path in (*pages, *kinds, *more)]
    assert {answer.status_code for answer in answers} == {200}
    return "\n".join(answer.get_data(as_text=True) for answer in answers)


def test_by_name_all_is_told(client, sign):
    """What the next tests look for is there to be found."""
    sign()

    assert [secret for secret in SECRETS if secret not in everywhere(client)] == []


@pytest.mark.parametrize("visibility", ["initials", "country", "counted"])
def test_nothing_public_tells_more_than_was_chosen(client, sign, visibility):
    sign(visibility=visibility)

    assert client.get(DATA).json["counts"]["confirmed"] == 1
    assert [secret for secret in SECRETS if secret in everywhere(client)] == []


def test_initials_show_initials_and_title(client, sign):
    preview = sign(visibility="initials")

    [line] = client.get(LIST).json["signatories"]
    assert {key: value for key, value in line.items() if value} == {
        "kind": "individual",
        "visibility": "initials",
        "name": "M.-N. B.",
        "shown": "M.-N. B.",
        "title": "Teacher",
    }
    for page in (preview, Page(client.get(PAGE))):
        assert "M.-N. B." in page.words
        assert "Teacher" in page.words
        assert 'class="place"' not in page.html
    assert "M.-N. B." in client.get(DATA).json["counts"]["latest_text"]


@pytest.mark.parametrize(
    ("fields", "locale", "shown"),
    [
        ({}, "en", "Teacher, Georgia"),
        ({}, "fr", "Teacher, Géorgie"),
        ({}, "ar", "Teacher، جورجيا"),
        ({"title": None}, "en", "Georgia"),
        ({"country": None}, "en", "Teacher"),
        ({"title": None, "country": None}, "en", "A signatory"),
    ],
)
def test_without_a_name_title_and_country_are_the_line(client, sign, fields, locale, shown):
    sign(visibility="country", **fields)

    [line] = client.get(f"{LIST}?locale={locale}").json["signatories"]
    assert (line["shown"], line["name"], line["title"]) == (shown, None, {**MARO, **fields}["title"])
    assert client.get(DATA).json["counts"]["latest_text"] is None


def test_the_line_without_a_name_says_everything_once(client, sign):
    preview = sign(visibility="country")

    for page in (preview, Page(client.get(PAGE))):
        assert page.words.count("Teacher") == 1
        assert "Teacher, Georgia" in page.words


@pytest.mark.parametrize("visibility", ["initials", "country"])
@pytest.mark.parametrize("sought", ["maro", "b", "beridze", "m n b", "teacher"])
def test_a_search_knows_nothing_of_hidden_names(client, sign, visibility, sought):
    sign(visibility=visibility)

    assert client.get(f"{LIST}?{urlencode({'q': sought})}").json["signatories"] == []


def test_the_dump_keeps_everything_for_admins(db, sign, clock):
    sign(visibility="initials")

    dump = b"".join(export_signatures(db, "open-rivers", actor="test", clock=clock).sent()).decode()
    assert '"Maro-Nino Beridze","Teacher","School No 5"' in dump
    assert '"initials"' in dump


# Organisations are public, or only counted.


def test_organisations_are_offered_to_be_named_or_counted(ladder):
    fields = {field["name"]: field for field in describe_fields(ladder, "organisation", "en")}

    assert [option["value"] for option in fields["visibility"]["options"]] == ["name", "counted"]


@pytest.mark.parametrize("offered", [("name", "initials"), ("initials", "country")])
def test_where_there_is_nothing_to_choose_organisations_are_not_asked(statement, offered):
    mixed = replace(statement, visibilities=offered)

    assert visibilities_of(mixed, "organisation") == ["name"]
    assert "visibility" not in [field.name for field in fields_of(mixed, "organisation")]
    assert visibilities_of(mixed, "individual") == list(offered)


@pytest.mark.parametrize("visibility", ["initials", "country"])
def test_an_organisation_that_asks_for_initials_is_refused(app, ladder, visibility):
    sent = {**MARO, **PINK, "key": "k" * 16, "visibility": visibility}
    with app.test_request_context(), pytest.raises(Invalid) as refusal:
        read_submission(ladder, sent, text_locale="en")

    assert refusal.value.fields == {"visibility": ["not-a-choice"]}


def test_a_signer_chooses_among_what_the_statement_offers_in_plain_words(ladder):
    fields = {field["name"]: field for field in describe_fields(ladder, "individual", "en")}

    assert [option["label"] for option in fields["visibility"]["options"]] == [
        "With my name",
        "With my initials and title, without my name",
        "With my title and country, without my name",
        "Only in the count, without my name",
    ]


def test_a_statement_file_may_offer_every_way(ladder):
    source = '+++\nslug = "all-ways"\nlocale = "en"\ntitle = "T"\nvisibilities = {}\n+++\nWe ask.\n'

    assert read_statement(source.format(list(VISIBILITIES))).shared.visibilities == VISIBILITIES


# A withdrawal that its signer wants seen.


def withdraw(db, clock, *, shown=1):
    run(db, "UPDATE statements SET stamp = stamp + 1, timezone = 'Asia/Tbilisi'")
    run(db, "UPDATE signatures SET withdrawn_at = :now, withdrawal_shown = :shown", now=clock(), shown=shown)


def test_a_withdrawal_is_marked_and_dated_in_its_place(client, sign, db, clock):
    sign()
    clock.now = 1_800_045_000  # still the 15th in Greenwich, the 16th in Tbilisi
    withdraw(db, clock)

    [line] = client.get(LIST).json["signatories"]
    assert (line["shown"], line["withdrawn"]) == ("Maro-Nino Beridze", "Withdrawn on 16 January 2027")
    page = Page(client.get(PAGE))
    assert "Withdrawn on 16 January 2027" in page.words
    assert "s" in [tag for tag, _ in page.tags]


def test_other_lines_are_not_struck_through(client, sign):
    sign()

    assert client.get(LIST).json["signatories"][0]["withdrawn"] is None
    assert "s" not in [tag for tag, _ in Page(client.get(PAGE)).tags]


@pytest.mark.parametrize("shown", [0, None])
def test_who_goes_quietly_is_gone(client, sign, db, clock, shown):
    sign()
    withdraw(db, clock, shown=shown)

    assert client.get(LIST).json["signatories"] == []
    assert look(db, "SELECT state FROM signatures") == [{"state": "withdrawn"}]
