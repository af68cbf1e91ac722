"""Partners from the shell: added, listed, revoked, with a link to their figures; the snippet is what README shows."""

import pytest

from server.services.partners import PartnerSettings, add_partner, change_partner
from server.tables import partners
from tests.cli.shell import rows
from tests.rules.documents import HANDBOOK, README, blocks
from tests.web.reading import Page
from tests.web.scene import add_statement


def origins(db, statement):
    with db.read() as tx:
        return {partner.slug: set(partner.origins) for partner in partners.list_live_of_statement(tx, statement.id)}


def test_a_partner_is_added_with_all_its_origins(undersigned, statement, db):
    added = undersigned(
        *("partner", "add", "open-rivers"),
        *("--origin", "https://www.hill-news.example/", "--origin", "https://HILL-news.example:443"),
    )

    assert added.exit_code == 0
    assert "hill-news-example may embed open-rivers from https://www.hill-news.example, https://hill" in added.stdout
    assert origins(db, statement)["hill-news-example"] == {"https://www.hill-news.example", "https://hill-news.example"}


def test_the_added_origin_may_post_and_another_may_not(undersigned, statement, signer):
    token = signer.form_token(partner="hill-news-example")
    assert signer.post(origin="https://hill-news.example", form_token=token).status_code == 403

    undersigned("partner", "add", "open-rivers", "--origin", "https://Hill-News.example:443/")
    token = signer.form_token(partner="hill-news-example")

    assert signer.post(origin="https://hill-news.example", form_token=token).status_code == 202
    assert signer.post(origin="https://other.example", form_token=token).status_code == 403


def test_one_bad_origin_adds_none(undersigned, statement, db):
    before = origins(db, statement)

    refused = undersigned(
        "partner", "add", "open-rivers", "--origin", "https://a.example", "--origin", "http://b.example"
    )

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "http://b.example: a partner's page must be https" in refused.stderr
    assert origins(db, statement) == before


def test_a_website_does_not_become_another_partner_by_chance(undersigned, statement, db):
    undersigned("partner", "add", "open-rivers", "--origin", "https://a-b.example")

    refused = undersigned("partner", "add", "open-rivers", "--origin", "https://a.b.example")

    assert (refused.exit_code, "https://a-b.example" in refused.output, "--as" in refused.output) == (1, True, True)
    assert origins(db, statement)["a-b-example"] == {"https://a-b.example"}


def test_adding_a_partner_twice_says_the_same_and_adds_nothing(undersigned, statement, db):
    first = undersigned("partner", "add", "open-rivers", "--origin", "https://a.example")
    before = origins(db, statement)

    again = undersigned("partner", "add", "open-rivers", "--origin", "https://a.example")

    assert again.stdout == first.stdout
    assert origins(db, statement) == before


def test_a_partner_that_is_known_keeps_its_name_and_that_is_said(undersigned, statement):
    said = [
        undersigned("partner", "add", "open-rivers", "--origin", "http://localhost:9000", *words).stderr
        for words in (("--name", "Hill News"), ("--name", "Hill  News"), (), ("--name", "Lake News"))
    ]

    assert said == [
        "",
        "",
        "",
        "This partner already existed and keeps its name, Hill News; you can change it at the desk.\n",
    ]


@pytest.mark.parametrize(
    ("origin", "base_url", "warned"),
    [
        ("https://a.example", "http://localhost:8000", True),
        ("https://a.example", "http://127.0.0.1:8000", True),
        ("http://localhost:9000", "http://localhost:8000", False),
        ("https://a.example", "https://sign.example", False),
    ],
)
def test_who_gets_a_snippet_that_works_on_this_machine_alone_is_warned(
    undersigned, statement, origin, base_url, warned
):
    env = {"UNDERSIGNED_BASE_URL": base_url, "UNDERSIGNED_TRUSTED_PROXIES": "0"}
    added = undersigned("partner", "add", "open-rivers", "--origin", origin, **env)

    assert added.exit_code == 0
    assert base_url in added.stdout
    assert (f"WARNING: this snippet loads the form from {base_url}" in added.stderr) == warned
    assert ("before you paste it into https://a.example" in added.stderr) == warned


@pytest.mark.parametrize("name", ["Hill\x1b[2J", "x" * 301])
def test_a_name_that_the_desk_would_refuse_names_no_partner(undersigned, statement, db, name):
    before = origins(db, statement)

    refused = undersigned("partner", "add", "open-rivers", "--origin", "https://a.example", "--name", name)

    assert (refused.exit_code, "this text cannot name a partner. " in refused.stderr) == (1, True)
    assert origins(db, statement) == before


@pytest.mark.parametrize("short_name", ['x"><script>', "Hill News", "ärger", "-hill", "hill--news", "hill-"])
def test_a_short_name_that_could_break_the_snippet_is_refused(undersigned, statement, short_name):
    refused = undersigned("partner", "add", "open-rivers", "--origin", "https://a.example", "--as", short_name)

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "small letters a to z, digits and single hyphens" in refused.stderr


@pytest.mark.parametrize(
    ("origin", "short_name"),
    [
        ("https://www.hill.example", "hill-example"),
        ("http://localhost:8001", "localhost-8001"),
        ("https://[2001:db8::1]", "2001-db8-1"),
        ("https://ärger.example", "xn-rger-koa-example"),
    ],
)
def test_a_partner_without_a_short_name_is_called_by_its_host(undersigned, statement, origin, short_name):
    added = undersigned("partner", "add", "open-rivers", "--origin", origin)

    assert f'partner="{short_name}"' in added.stdout


@pytest.mark.parametrize("text", [README, HANDBOOK["partners"]], ids=["README", "handbook"])
def test_the_printed_snippet_is_the_one_that_readme_and_handbook_show(undersigned, statement, text):
    [shown] = blocks(text, "html")

    printed = undersigned("partner", "add", "open-rivers", "--origin", "https://a.example", "--as", "river-watch")

    assert printed.stdout.endswith(f"\n\n{shown.replace('https://sign.example.org', 'http://localhost:8000')}")


def test_the_printed_snippet_is_the_one_that_the_page_of_snippets_has(undersigned, db, clock, client):
    add_statement(db, "lakes", now=clock())
    add_statement(db, "lakes", now=clock(), title="'Lacs & <rivières>'", locale="'fr'")
    add_partner(db, "lakes", "a-b", name="x", origins=["https://a.example"], actor="test", now=clock())
    own = PartnerSettings("\"><b> & d'autres", frozenset({"https://a.example"}), "fr", "dark")
    change_partner(db, "lakes", "a-b", own, actor="test", now=clock())

    printed = undersigned("partner", "add", "lakes", "--origin", "https://a.example", "--as", "a-b").stdout

    shown = Page(client.get("/s/lakes/embed?partner=a-b", headers={"Accept-Language": "en"})).values["script"]
    assert printed.partition("\n\n")[2] == f"{shown}\n"
    for said in ('theme="dark"', '/s/lakes?partner=a-b"', "Signer sur la page de la déclaration"):
        assert said in printed


def test_a_partner_of_a_draft_gets_its_snippet_too(undersigned, db, clock):
    add_statement(db, "lakes", now=clock(), opened=False)

    added = undersigned("partner", "add", "lakes", "--origin", "https://a.example")

    assert (added.exit_code, 'statement="lakes"' in added.stdout) == (0, True)


def test_the_list_says_who_embeds_and_what_came_from_there(undersigned, signed):
    signed()
    undersigned("partner", "add", "open-rivers", "--origin", "https://a.example", "--name", "Ա")

    of_one, of_all = undersigned("partner", "list", "open-rivers"), undersigned("partner", "list")

    assert rows(of_one.stdout) == [
        ["river-watch", "River Watch", "live", "http://partner.example:9000", "1", "1", "0"],
        ["a-example", "Ա", "live", "https://a.example", "0", "0", "0"],
    ]
    assert [(row[0], row[-1]) for row in rows(of_all.stdout)] == [
        ("river-watch", "open-rivers"),
        ("a-example", "open-rivers"),
    ]
    assert undersigned("partner", "list", "no-such").exit_code == 1


def test_a_partner_is_revoked_and_let_in_again(undersigned, statement, db):
    said = [undersigned("partner", "revoke", "river-watch").stdout for _ in range(2)]
    assert said == ["river-watch is revoked\n", "river-watch was already revoked\n"]
    assert origins(db, statement) == {}
    assert "revoked 20" in undersigned("partner", "list").stdout
    refused = undersigned(
        *("partner", "add", "open-rivers"), *("--origin", "https://a.example"), *("--as", "river-watch")
    )
    assert (refused.exit_code, "was revoked" in refused.stderr) == (1, True)

    said = [undersigned("partner", "restore", "river-watch").stdout for _ in range(2)]
    assert said == ["river-watch may embed again\n", "river-watch was not revoked\n"]
    assert set(origins(db, statement)) == {"river-watch"}


def test_a_fresh_link_to_the_figures_is_printed_and_ends_the_one_of_before(undersigned, statement, client):
    first, second = (undersigned("partner", "report", "open-rivers", "river-watch").stdout.strip() for _ in range(2))

    assert [client.get(link).status_code for link in (first, second)] == [404, 200]
    assert undersigned("partner", "report", "open-rivers", "nobody").exit_code == 1


def word(undersigned, text, *more, partner="river-watch"):
    return undersigned("partner", "newsletter", "open-rivers", partner, "--locale", "en", text, *more)


def boxes(client):
    answer = client.get("/api/v1/statements/open-rivers", query_string={"partner": "river-watch"})
    fields = [field for kind in answer.json["form"]["kinds"] for field in kind["fields"]]
    return {field["label"] for field in fields if "label" in field}


def test_a_partner_gets_a_box_of_its_own_and_it_is_taken_away(undersigned, statement, client, clock):
    given = word(undersigned, "  Write   me! ")

    assert (given.exit_code, given.stdout) == (0, "river-watch has its own checkbox (en): Write me!\n")
    assert boxes(client) == {"Write me!"}
    assert word(undersigned, "Write me!").stdout.startswith("unchanged: river-watch has")
    clock.forward(seconds=1)
    assert word(undersigned, "").stdout == "river-watch has no checkbox of its own (en)\n"
    assert boxes(client) == set()


@pytest.mark.parametrize(
    ("text", "partner", "says"),
    [
        (
            "x" * 301,
            "river-watch",
            "cannot be the wording of a checkbox. This is too long. Use at most 300 characters.",
        ),
        ("Write me", "nobody", "no partner nobody"),
    ],
)
def test_a_box_for_nobody_or_with_endless_words_is_refused(undersigned, statement, client, text, partner, says):
    refused = word(undersigned, text, partner=partner)

    assert (refused.exit_code, says in refused.stderr) == (1, True)
    assert boxes(client) == set()


def test_a_box_needs_its_language(undersigned, statement):
    assert undersigned("partner", "newsletter", "open-rivers", "river-watch", "Write me").exit_code == 2
    refused = undersigned("partner", "newsletter", "open-rivers", "river-watch", "--locale", "de", "Schreibt mir")
    assert refused.stderr == "Error: open-rivers has no text in the language de\n"
