"""The emails of a statement at the desk: as its signers will read them, and nothing that opens anything."""

import re

import pytest

from server.mail.previews import PREVIEWS
from server.web.security import EMAIL_POLICY
from tests.scene import look
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
