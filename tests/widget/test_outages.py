"""A server that is away costs nobody the link or what was typed."""

import pytest
from playwright.sync_api import expect

from tests.widget.conftest import expect_told

pytestmark = pytest.mark.browser

ADD_THE_FORM = """({ server, link }) => {
  const form = document.createElement("undersigned-form");
  const attributes = { server, statement: "open-rivers", inline: "" };
  for (const [name, value] of Object.entries(attributes)) form.setAttribute(name, value);
  form.append(Object.assign(document.createElement("a"), { href: link, textContent: "Sign on the organiser’s page" }));
  document.body.append(form);
}"""


def snippet(server, slug):
    link = '<a href="/elsewhere">Sign on the organiser’s page</a>'
    form = f'<undersigned-form server="{server.url}" statement="{slug}" inline>{link}</undersigned-form>'
    return f'{form}<script src="{server.url}/widget/v1/undersigned.js"></script>'


def test_a_script_that_does_not_come_leaves_the_link(partner, open_form, server):
    server.stop()
    form = open_form(partner)

    expect(form.link).to_be_visible()
    expect(form.link).to_have_attribute("href", f"{server.url}/s/open-rivers")
    server.start()


def test_a_server_that_is_away_when_the_form_comes_leaves_the_link_and_another_try(
    server, statement, website, open_form
):
    website.app.put("/", f'<script src="{server.url}/widget/v1/undersigned.js"></script><body lang="fr-BE">')
    form = open_form(website.url)
    server.stop()
    form.page.evaluate(ADD_THE_FORM, {"server": server.url, "link": f"{server.url}/s/open-rivers"})

    expect(form.element).to_contain_text("The form did not load")  # the French words cannot come either
    expect(form.link).to_be_visible()
    assert form.told == [["failed", {"code": "unreachable"}]]

    form.press("Try again")
    expect_told(form.page, [["failed", {"code": "unreachable"}]] * 2)
    server.start()
    again, shown = form.element.get_by_role("button", name="Try again"), form.heading("Gardons nos rivières ouvertes")
    expect(again.or_(shown)).to_be_visible()
    if again.is_visible():  # a slow frame of the second try may still meet the server
        again.click()

    expect(shown).to_be_visible()
    expect(form.link).to_be_hidden()


def test_data_that_does_not_come_is_said_in_the_language_of_the_page(server, statement, website, open_form):
    website.app.put("/", f'<body lang="fr-BE">{snippet(server, "open-rivers")}')
    form = open_form("about:blank")
    form.page.route("**/api/v1/**", lambda route: route.abort())
    form.page.goto(website.url)

    expect(form.element).to_contain_text("Le formulaire ne s’est pas chargé")
    expect(form.element.get_by_role("button", name="Réessayer")).to_be_visible()


def test_a_server_that_goes_away_keeps_what_was_typed_and_the_next_try_signs_once(partner, open_form, server, names):
    form = open_form(partner)
    form.fill_as_ani()
    server.stop()
    form.press("Sign")

    expect(form.summary).to_contain_text("The server could not be reached")
    expect(form.summary).to_contain_text("What you typed is still here")
    expect(form.summary.get_by_role("link", name="statement’s own page")).to_be_visible()
    expect(form.element.get_by_label("Your name")).to_have_value("Անի Գևորգյան")
    assert form.told[-1] == ["failed", {"code": "unreachable"}]

    server.start()
    form.press("Try again")

    expect(form.heading("Check your email")).to_be_visible()
    assert names() == ["Անի Գևորգյան"]


def test_an_answer_that_is_lost_on_the_way_is_asked_for_again_and_signs_once(partner, open_form, server, names):
    form = open_form(partner)
    form.fill_as_ani()
    server.lose_next_answer_to("POST")
    form.press("Sign")

    expect(form.heading("Check your email")).to_be_visible()
    assert [request.status for request in server.posts()] == [202, 202]
    assert names() == ["Անի Գևորգյան"]


def test_a_busy_server_is_asked_again_and_signs_once(partner, open_form, server, names):
    form = open_form(partner)
    form.fill_as_ani()
    server.be_busy_for(*["POST"] * 6)
    form.press("Sign")

    expect(form.element.get_by_role("button", name="Sending")).to_have_attribute("aria-disabled", "true")
    expect(form.element.get_by_label("Your name")).to_have_value("Անի Գևորգյան")
    expect(form.summary).to_contain_text("The server cannot accept signatures at the moment")  # after three more tries
    expect(form.summary).to_contain_text("What you typed is still here")
    assert [request.status for request in server.posts()] == [503] * 4
    assert names() == []
    form.press("Try again")

    expect(form.heading("Check your email")).to_be_visible()
    assert [request.status for request in server.posts()] == [503] * 6 + [202]
    assert names() == ["Անի Գևորգյան"]
    assert [what for what, _ in form.told] == ["ready", "failed", "submitted"]


def test_a_page_whose_policy_forbids_connections_says_so_and_keeps_the_link(server, statement, website, open_form):
    policy = f"default-src 'none'; script-src {server.url}"
    website.app.put("/", snippet(server, "open-rivers"), policy=policy)
    form = open_form(website.url, expecting="Content Security Policy")

    expect(form.element).to_contain_text("The form did not load. Please use the link, or try again.")
    expect(form.link).to_be_visible()


def test_an_unknown_statement_keeps_the_link(server, website, open_form):
    embed = (
        f'<undersigned-form server="{server.url}" statement="unknown" inline><a href="/">on the organiser’s page</a>'
    )
    website.app.put("/", f'{embed}</undersigned-form><script src="{server.url}/widget/v1/undersigned.js"></script>')
    form = open_form(website.url)

    expect(form.element).to_contain_text("The form did not load")
    expect(form.link).to_be_visible()
    assert form.told == [["failed", {"code": "not-found"}]]
