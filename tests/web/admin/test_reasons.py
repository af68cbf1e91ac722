"""Why something is done is asked for in one way: whatever will not do is told in the same words, beside the field."""

import pytest

from server.web.admin.page import REASON_LONGEST
from tests.scene import UNPROVED
from tests.web.admin.desk import logged_in
from tests.web.reading import Page

HERE = "/admin/statements/open-rivers"
FILE = {"columns": ["id"], "format": "csv"}
DOORS = {
    "close": (f"{HERE}/close", {}),
    "contacts": (f"{HERE}/dump/contacts", FILE),
    "subscribers": (f"{HERE}/dump/subscribers", FILE),
    "list": (f"{HERE}/signatures", {"verb": "hold", "id": "{signed}"}),
    "queue": (f"{HERE}/queue", {"verb": "remove", "id": "{held}"}),
    "decide": (f"{HERE}/signatures/{{signed}}", {"verb": "hold"}),
    "edit": (f"{HERE}/signatures/{{signed}}/edit", {"name": "Else"}),
    "founding": (f"{HERE}/founding/{{founder}}/remove", {"remove": "yes"}),
    "revise": (f"{HERE}/texts/en/revise", {"title": "T", "body": "Anew", "change": "typo"}),
}
WORDS = {
    "x" * (REASON_LONGEST + 1): "This is too long. Use at most {most} characters.",
    "a\u0007b": "This contains invisible characters. Please type it again.",
    "a\ue000b": "We could not read this. Please type it again.",
    "": "Please fill this in.",
}
WANTS_NONE = ("founding",)


@pytest.fixture
def ids(scene):
    scene.found("Cleo Day\n")
    [founder] = scene.rows("SELECT id FROM signatures")
    return {"founder": founder["id"], "signed": scene.signed(), "held": scene.signed(**UNPROVED)}


def refused_fields(page):
    return [found for tag, found in page.tags if tag == "input" and found.get("aria-invalid") == "true"]


def told_beside(page, field):
    """The error that a field is described by, as a screen reader finds it."""
    [place] = [one for one in field["aria-describedby"].split() if one.endswith("-error")]
    after = page.html.partition(f'id="{place}">')[2]
    return after.partition("</strong>")[0]


@pytest.mark.parametrize("door", DOORS)
def test_a_reason_that_will_not_do_is_told_in_the_same_words_wherever_it_is_asked_for(owner, ids, door):
    path, form = DOORS[door]
    filled = {name: value.format(**ids) if isinstance(value, str) else value for name, value in form.items()}

    for typed, words in WORDS.items():
        if not typed and door in WANTS_NONE:
            continue
        answer = owner.post(path.format(**ids), {**filled, "reason": typed})
        page = Page(answer)
        assert answer.status_code == 422
        [field] = refused_fields(page)
        most = "300" if door == "revise" else str(REASON_LONGEST)
        told = words.format(most=most)
        assert (field["name"], field["value"], told_beside(page, field)) == ("reason", typed, told)
        assert field["maxlength"] == most
        assert any(found.get("role") == "alert" for _, found in page.tags)


def test_the_words_are_in_the_language_of_the_desk(app, scene, clock):
    french = logged_in(app, "odile", "owner", now=clock())
    french.post("/admin/account/language", {"locale": "fr"})

    page = Page(french.post(f"{HERE}/dump/contacts", {**FILE, "reason": "x" * (REASON_LONGEST + 1)}))

    [field] = refused_fields(page)
    assert told_beside(page, field) == "Ce texte est trop long\N{NO-BREAK SPACE}: 500 caractères au plus."
