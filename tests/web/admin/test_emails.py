"""The emails of a statement at the desk: as its signers will read them, and nothing that opens anything."""

import re
from dataclasses import replace

import pytest

from server.mail.delivery import deliver_due_emails
from server.mail.previews import PREVIEWS
from server.mail.transports import open_transport
from server.web.context import EXTENSION
from server.web.security import EMAIL_POLICY
from tests.scene import JOURNAL, look, run
from tests.web.admin.desk import logged_in
from tests.web.reading import Page
from tests.web.scene import add_statement, everything

EMAILS = "/admin/statements/open-rivers/emails"
LETTER = f"{EMAILS}/letter"


@pytest.mark.parametrize("kind", PREVIEWS)
@pytest.mark.parametrize("locale", ["en", "fr"])
def test_each_email_is_shown_in_each_language_of_the_statement(viewer, db, kind, locale):
    [text] = look(db, "SELECT title FROM statement_texts WHERE locale = :locale", locale=locale)
    page = viewer.get(EMAILS, kind=kind, locale=locale)
    letter = Page(viewer.open(LETTER, query_string={"kind": kind, "locale": locale}))

    assert (page.values["kind"], page.values["locale"]) == (kind, locale)
    assert f'src="{LETTER}?kind={kind}&amp;locale={locale}"' in page.html
    assert f'<html lang="{locale}"' in letter.html
    assert text["title"] in letter.words
    assert text["title"] in page.words, "it is also there as plain text"


def test_what_nobody_knows_is_the_first_email_in_the_first_language(viewer):
    page = viewer.get(EMAILS, kind="<b>", locale="xx")

    assert (page.values["kind"], page.values["locale"]) == ("confirm", "en")


def test_the_email_stands_in_a_frame_that_runs_sends_and_opens_nothing(viewer):
    answer = viewer.open(LETTER)

    assert answer.headers["Content-Security-Policy"] == EMAIL_POLICY
    assert {"sandbox", "frame-ancestors 'self'", "form-action 'none'"} <= set(EMAIL_POLICY.split("; "))
    assert "script-src" not in EMAIL_POLICY
    assert "sandbox title=" in viewer.get(EMAILS).html


def test_its_links_lead_to_nobodys_signature(viewer, signer, client, db):
    signer.post()
    before = everything(db)
    text = viewer.get(EMAILS, kind="confirm").html
    [token] = set(re.findall(r"/confirm/([\w.~-]+)", text))

    assert client.get(f"/confirm/{token}").status_code == 404
    assert client.post(f"/confirm/{token}", data={"consent": "yes"}).status_code == 404
    assert everything(db)["signatures"] == before["signatures"]


def test_a_discreet_statement_keeps_its_title_out_and_people_alone_get_no_organisations_email(app, db, clock):
    add_statement(db, "quiet", clock(), discreet="true", kinds='["individual"]')
    vera = logged_in(app, "quentin", "viewer", slug="quiet", now=clock())

    page = vera.get(EMAILS.replace("open-rivers", "quiet"))
    letter = Page(vera.open(LETTER.replace("open-rivers", "quiet")))

    assert "Keep the lakes open" not in letter.words
    assert "organisation" not in str(page.options["kind"])


# Mail domains whose emails wait.

WAITING = re.compile(r"2 emails to lake\.example are waiting until .+ \(UTC\)\.")


@pytest.fixture
def five_from_the_lake(app, db, signer, settings):
    """Five have signed with addresses at lake.example, where three emails an hour may go."""
    for number in range(5):
        signer.post(name=f"Signer {number}", email=f"signer{number}@mail{number}.lake.example")
    budget = replace(app.extensions[EXTENSION].settings.mail_budget, domain_per_hour=3)

    def deliver() -> int:
        here = app.extensions[EXTENSION]
        with open_transport(settings.mail_url) as transport:
            box = replace(here.delivery_context, budget=budget)
            return sum(deliver_due_emails(box, transport, clock=here.clock).sent for _ in range(3))

    assert deliver() == 3
    return deliver


def test_an_owner_reads_to_which_domain_emails_wait_and_until_when(owner, five_from_the_lake):
    page = owner.get(EMAILS)

    assert WAITING.search(page.words)
    overview = " ".join(owner.get("/admin/statements/open-rivers").words.split())
    assert "Emails held back by the hourly limit 2 Why?" in overview


def test_others_read_how_many_wait_but_not_to_which_domain(viewer, moderator, five_from_the_lake):
    for browser in (viewer, moderator):
        page = browser.get(EMAILS)

        assert "2 emails to one mail domain are waiting until" in page.words
        assert "lake.example" not in page.html.replace("such as lake.example", "")
        assert browser.post(f"{EMAILS}/trust", {"domain": "lake.example"}).status_code == 403


def test_an_owner_trusts_the_domain_and_the_waiting_ones_go(owner, db, five_from_the_lake):
    answer = owner.post(f"{EMAILS}/trust", {"domain": "lake.example"})
    page = owner.get(answer.headers["Location"].partition("#")[0])

    assert answer.status_code == 303
    assert "The domain is trusted." in page.words
    assert five_from_the_lake() == 2
    page = owner.get(EMAILS)
    assert "No emails are waiting." in page.words
    assert "lake.example has had no limit since" in page.words
    [line] = look(db, f"{JOURNAL} WHERE verb = 'domain.trust'")
    assert (line["actor"], line["subject"]) == ("admin:olga", "statement:open-rivers")
    assert "lake" not in str(line), "the journal is kept for good, and a family's domain is a name"


def test_an_owner_limits_a_trusted_domain_again(owner, db):
    owner.post(f"{EMAILS}/trust", {"domain": "@Mail.Lake.example"})
    assert "lake.example has had no limit since" in owner.get(EMAILS).words
    answer = owner.post(f"{EMAILS}/limit", {"domain": "lake.example"})

    assert answer.status_code == 303
    assert "has had no limit" not in owner.get(EMAILS).words
    assert [line["verb"] for line in look(db, f"{JOURNAL} WHERE verb LIKE 'domain.%' ORDER BY id")] == [
        "domain.trust",
        "domain.limit",
    ]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Please enter what follows the @"),
        ("no domain", "Please enter what follows the @"),
        ("<b>.example", "Please enter what follows the @"),
        ("gmail.com", "This is a big mail provider."),
    ],
)
def test_what_is_no_domain_or_has_no_limit_comes_back_as_typed(owner, db, typed, told):
    answer = owner.post(f"{EMAILS}/trust", {"domain": typed})
    page = Page(answer)

    assert answer.status_code == 422
    assert told in page.words
    assert page.values["domain"] == typed
    assert look(db, "SELECT * FROM mail_domains") == []


def test_a_domain_whose_data_key_is_gone_is_not_named_and_goes_on_waiting(owner, db, five_from_the_lake):
    run(db, "UPDATE mail_domains SET sealed = :sealed", sealed=b"0")

    assert "2 emails to one mail domain are waiting until" in owner.get(EMAILS).words
