"""The text editor: languages side by side, a preview by the public renderer, and two tabs that lose nothing."""

import pytest

from server.text.statement_file import BODY_LONGEST_BYTES
from server.web.security import EDITOR_POLICY, PROOF_POLICY
from tests.scene import look
from tests.web.reading import Page
from tests.web.scene import everything

TEXTS = "/admin/statements/open-rivers/texts"
EDITOR = f"{TEXTS}/en"
HARMFUL = '<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror="alert(1)">'


@pytest.fixture
def draft(db, statement):
    """The statement of the scene before it was ever opened."""
    with db.write() as tx:
        tx.run("UPDATE statements SET opened_at = NULL", {})


def texts(db):
    return look(db, "SELECT locale, version, title, body FROM statement_texts ORDER BY id")


def typed(page: Page, **values: str) -> dict[str, str]:
    return {name: page.values[name] for name in ("was", "title", "place", "date", "eligibility", "body")} | values


def test_the_languages_are_listed_and_another_one_leads_to_an_empty_editor(owner, draft, db):
    page = owner.get(TEXTS)
    answer = owner.post(TEXTS, {"locale": "pt_br"})
    editor = owner.get(answer.location)

    assert (page.link("English"), page.link("Français")) == (EDITOR, f"{TEXTS}/fr")
    assert "en" not in page.options["locale"]
    assert page.options["locale"]["hy"] == "Armenian"
    assert (answer.status_code, answer.location) == (303, f"{TEXTS}/pt-BR")
    assert (editor.values["title"], editor.values["was"]) == ("", "")
    assert len(texts(db)) == 2


@pytest.mark.parametrize("locale", ["", "xx", "../en"])
def test_a_language_that_nobody_knows_is_refused(owner, draft, locale):
    assert owner.post(TEXTS, {"locale": locale}).status_code == 422
    assert owner.open(f"{TEXTS}/xx").status_code == 404
    assert owner.open(f"{TEXTS}/pt_br").status_code == 404


def test_what_is_typed_replaces_the_text_of_a_draft(owner, draft, db):
    answer = owner.post(EDITOR, typed(owner.get(EDITOR), title="Let them flow", body="One.\r\n\r\nTwo.\r\n"))

    assert (answer.status_code, answer.location) == (303, f"{EDITOR}?done=saved")
    assert texts(db)[0] == {"locale": "en", "version": 1, "title": "Let them flow", "body": "One.\n\nTwo."}
    assert "Saved." in owner.get(answer.location).words


def test_another_language_is_written_beside_the_first(owner, draft, db):
    editor = owner.get(f"{TEXTS}/hy")
    owner.post(f"{TEXTS}/hy", typed(editor, title="Գետեր", body="Բաց գետեր։"))

    assert "<strong>open</strong> rivers" in editor.html
    assert editor.fields["body"]["lang"] == "hy"
    assert [(text["locale"], text["version"]) for text in texts(db)] == [("en", 1), ("fr", 1), ("hy", 1)]


def test_what_is_wrong_comes_back_with_all_that_was_typed(owner, draft, db):
    before = texts(db)
    sent = typed(owner.get(EDITOR), title="", date="soon", body="\r\nKept, with its first line.")
    answer = owner.post(EDITOR, sent)
    page = Page(answer)

    assert (answer.status_code, texts(db)) == (422, before)
    assert [name for name, found in page.fields.items() if "aria-invalid" in found] == ["title", "date"]
    assert typed(page) == sent


def test_a_text_of_the_longest_kind_comes_through_and_a_longer_one_comes_back(owner, draft, db):
    form = owner.get(EDITOR)
    fits, over = "ա" * (BODY_LONGEST_BYTES // 2), "ა" * BODY_LONGEST_BYTES
    refused = owner.post(EDITOR, typed(form, body=over))

    assert owner.post(EDITOR, typed(form, body=fits)).status_code == 303
    assert texts(db)[0]["body"] == fits
    assert (refused.status_code, Page(refused).values["body"]) == (422, over)


def test_the_second_of_two_tabs_sees_both_texts_and_may_replace_the_other(owner, draft, db):
    first = second = owner.get(EDITOR)
    owner.post(EDITOR, typed(first, body="From the first tab."))
    clash = owner.post(EDITOR, typed(second, body="From the second tab.", place="Sevan"))
    page = Page(clash)

    assert clash.status_code == 409
    assert (page.values["body"], page.values["place"]) == ("From the second tab.", "Sevan")
    assert "<p>From the first tab.</p>" in page.html
    assert texts(db)[0]["body"] == "From the first tab."
    assert owner.post(EDITOR, typed(page)).status_code == 303
    assert texts(db)[0]["body"] == "From the second tab."


def test_a_tab_that_saves_blindly_is_told_even_if_the_other_changed_the_place_alone(owner, draft, db):
    form = owner.get(EDITOR)
    owner.post(EDITOR, typed(form, place="Poti"))

    assert owner.post(EDITOR, typed(form, place="Sevan")).status_code == 409


@pytest.mark.usefixtures("confirmed")
def test_a_text_that_people_have_signed_is_read_and_not_written(owner, db):
    before = texts(db)
    page = owner.get(EDITOR)
    answer = owner.post(EDITOR, {"was": "", "title": "Dams", "body": "Mine, to copy."})

    assert "body" not in page.fields
    assert page.link("Make a new version") == f"{EDITOR}/revise"
    assert "signed" in owner.get(TEXTS).words
    assert (answer.status_code, texts(db)) == (409, before)
    assert Page(answer).values["body"] == "Mine, to copy."


# The preview


def test_the_preview_is_made_by_the_renderer_of_the_public_page_and_keeps_nothing(owner, draft, db, client):
    before = everything(db)
    answer = owner.post(
        "/admin/preview",
        {"locale": "fr", "title": "Rivières", "date": "2027-01-10", "place": "Lyon", "body": "Des **rivières**."},
    )
    page = Page(answer)

    assert answer.status_code == 200
    assert "<p>Des <strong>rivières</strong>.</p>" in page.html
    assert "Lyon, 10 janvier 2027" in page.words
    assert everything(db) == before


@pytest.mark.parametrize("sent", [{}, {"body": HARMFUL, "title": HARMFUL, "locale": "../x", "date": "soon"}])
def test_whatever_is_typed_the_preview_shows_it_and_runs_nothing(owner, sent):
    answer = owner.post("/admin/preview", sent)
    page = Page(answer)

    assert answer.status_code == 200
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert not [href for _, href in page.links if href.startswith("javascript")]


def test_only_our_own_pages_may_frame_the_preview_and_only_the_editor_has_a_frame(owner, draft):
    policies = [
        owner.open(EDITOR).headers["Content-Security-Policy"],
        owner.post("/admin/preview", {}).headers["Content-Security-Policy"],
    ]

    assert policies == [EDITOR_POLICY, PROOF_POLICY]
    assert "frame-ancestors 'none'" in EDITOR_POLICY
    assert "frame-src 'self'" in EDITOR_POLICY
    assert "script-src" not in PROOF_POLICY
    assert PROOF_POLICY.startswith("default-src 'none'")


def test_a_preview_that_no_page_of_ours_asks_for_is_refused(owner):
    assert owner.post("/admin/preview", {}, token=False).status_code == 400
    assert owner.post("/admin/preview", {}, headers={"Origin": "https://evil.example"}).status_code == 403
