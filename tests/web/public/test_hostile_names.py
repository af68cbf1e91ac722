"""A hundred attacks by name, title and comment: each is refused with its reason, or is harmless text everywhere."""

import html
import re

import pytest
from playwright.sync_api import expect

from server.errors import ValueRefused
from server.exports.formats import guard_formula
from server.text import translations
from server.text.names import clean_name
from server.web.public.submission import BODY_MAX_BYTES
from server.web.public.views import PAGE_LENGTH
from tests.browsing import browsable, picture
from tests.exports.test_spreadsheet import formulas
from tests.hostile_names import HOSTILE_NAMES
from tests.real_names import REAL_NAMES
from tests.web.reading import Anatomy, Page
from tests.web.scene import CSV, LIST, PAGE, TICKED, kept, newest_link, table_of

FIELDS = ("name", "organisation", "title", "city", "comment")
HARMLESS = "Ani Petrosyan"
AN_ISOLATE = re.compile("\u2068[^\u2066-\u2069]*\u2069")


def sign(signer, field, text, number=1):
    """Sign with this text in one field, and harmless words in the others."""
    kind = "organisation" if field == "organisation" else "individual"
    fields = {"name": HARMLESS, "title": None} | ({"organisation": "River Watch"} if kind == "organisation" else {})
    return signer.post(kind=kind, email=f"ani{number}@rivers.example", **(fields | {field: text}))


def expected_statuses(text: str) -> set[int]:
    """No JSON of ours has NUL and half characters in it, and none is longer than its limit; the rest is a field's."""
    if re.search("[\0\ud800-\udfff]", text):
        return {400}
    return {413} if len(text.encode()) > BODY_MAX_BYTES - 1_000 else {202, 422}


def taken_as_a_name(text: str) -> str | None:
    try:
        return clean_name(text)
    except ValueRefused:
        return None


def said_of(link: str, page: str) -> tuple[list[tuple[str, ...]], Anatomy]:
    """What a page is made of, whatever its link, and its texts."""
    anatomy = Anatomy(page.replace(link.rpartition("/")[2], "TOKEN"))
    return anatomy.tags, anatomy


def is_isolated(text: str, anatomy: Anatomy) -> bool:
    """Whether a text stands where it cannot turn what is around it."""
    return text in anatomy.isolated and text not in AN_ISOLATE.sub("", anatomy.outside)


def faceless(email: str) -> str:
    """An email without what is different in each: its link and its code."""
    return re.sub(r"\b\d{4} ?\d{4}\b", "CODE", re.sub(r"/(confirm|signature)/[\w.=-]+", "LINK", email))


def test_there_are_a_hundred_attacks_and_each_is_another_one():
    assert len(set(HOSTILE_NAMES)) == len(HOSTILE_NAMES) >= 100


def is_refused_whole(answer, field, text, db, before):
    """Whether a refusal names a reason that there are words for, and left nothing behind."""
    assert answer.status_code in expected_statuses(text), (ascii(text)[:80], answer.data)
    if answer.status_code == 202:
        return False
    if answer.status_code == 422:
        [(at, [code])] = answer.json["fields"].items()
        assert (at, bool(translations.find_text("en", f"invalid.{code}"))) == (field, True)
    assert kept(db) == before, "nothing is kept of it"
    return True


@pytest.mark.parametrize("field", FIELDS)
def test_an_attack_is_refused_with_its_reason_or_is_text_on_the_page_and_in_no_email(
    signer, client, context, clock, mails, db, field
):
    """The page that the link opens is made of the same parts, whatever was sent; the email is the same to the word."""
    made_of, taken = None, 0
    for number, text in enumerate([HARMLESS, *HOSTILE_NAMES]):
        before = kept(db)
        answer = sign(signer, field, text, number)
        if is_refused_whole(answer, field, text, db, before):
            continue
        link, stored = newest_link(context, now=clock()), answer.json["line"][field]
        tags, anatomy = said_of(link, client.get(link).data.decode())
        made_of, taken = made_of or tags, taken + 1
        assert stored is None or any(stored in isolated for isolated in anatomy.isolated), ascii(text)[:80]
        assert stored is None or len(stored) < 4 or stored not in anatomy.outside
        assert stored is None or tags == made_of, ascii(text)[:80]
    mails.deliver()

    assert taken > 60
    assert len({faceless(text) for text in mails.texts()}) == 1
    assert len({(email["Subject"], *sorted(email.keys())) for email in mails}) == 1


@pytest.fixture
def listed(signer, client, context, clock):
    """Everybody whose attack was taken as a name is on the list, and Ani; returns the names as they were stored."""
    names = []
    for number, text in enumerate([HARMLESS, *HOSTILE_NAMES]):
        if expected_statuses(text) == {202, 422} and (answer := sign(signer, "name", text, number)).status_code == 202:
            client.post(newest_link(context, now=clock()), data=TICKED)
            names.append(answer.json["line"]["name"])
    return names


def test_the_list_and_its_page_hold_their_names_as_text(client, listed):
    anatomy, line = Anatomy(client.get(PAGE).data.decode()), client.get(LIST).json["signatories"]
    listed = listed[:PAGE_LENGTH]

    assert [one["name"] for one in line] == listed
    assert anatomy.isolated == listed
    assert all(is_isolated(name, anatomy) for name in listed if len(name) > 4)
    items = [at for at, tag in enumerate(anatomy.tags) if tag == ("bdi", "class=name")]
    assert len(items) == len(listed)
    assert {tuple(anatomy.tags[at - 1 : at + 3]) for at in items} == {
        (("li",), ("bdi", "class=name"), ("/bdi",), ("/li",))
    }


def test_the_table_holds_their_names_in_one_cell_each_and_none_is_a_formula(client, listed, export_token):
    dump = client.get(CSV, headers=export_token)

    assert [row["name"] for row in table_of(dump)] == [guard_formula(name) for name in listed]
    assert formulas(dump.data) == []
    assert dump.data.count(b"\r\n") == len(listed) + 1


@pytest.mark.parametrize("field", ["name", "comment"])
def test_the_form_that_comes_back_holds_what_was_typed_as_text(open_page, client, field):
    """The hosted page repeats it in an attribute and in a textarea; a browser sends it there whole."""
    form = open_page()
    made_of = {}
    for text in ["1", HARMLESS, *HOSTILE_NAMES]:
        typed = text.encode(errors="replace").decode()
        answer = client.post(form.action, data=form.values | {"name": HARMLESS, "email": "nobody", field: typed})
        page = Page(answer)
        tags = [(tag, *sorted(set(attributes) - {"value"})) for tag, attributes in page.tags]

        assert answer.status_code == 422, ascii(text)[:80]
        assert page.values[field] == typed
        refused = "aria-invalid" in page.fields[field]
        assert made_of.setdefault(refused, tags) == tags, ascii(text)[:80]
    assert set(made_of) == {False, True}


def test_a_page_that_trusts_names_is_caught_by_the_same_look():
    """The twin: the same parser at a page that prints what it is given, and at one that isolates nothing."""

    def made_of(name: str) -> list[tuple[str, ...]]:
        return Anatomy(f"<ul><li>{name}</li></ul>").tags

    changed = [name for name in HOSTILE_NAMES if made_of(name) != made_of(HARMLESS)]
    bare = Anatomy(f"<ul><li>{html.escape('אני (Ani')}</li></ul>")

    assert len(changed) > 20
    assert not is_isolated("אני (Ani", bare)


@pytest.mark.browser
class TestInABrowser:
    @pytest.fixture
    def settings(self, tmp_path):
        return browsable(tmp_path)

    def test_no_name_runs_a_script_or_sticks_out_of_a_small_screen(self, scene, server, visit):
        taken = [name for text in [*HOSTILE_NAMES, *REAL_NAMES] if (name := taken_as_a_name(text))]
        for number, name in enumerate(taken):
            scene.signed(name=name, title=name, comment=name, email=f"ani{number}@rivers.example")
        page = visit(server.url + PAGE)
        for number in range(len(taken) // 100 + 1):
            picture(page, f"hostile-names-{number}")
            strangers = page.locator("#signatories").locator(
                "script, img, svg, iframe, style, form, b, a:not(.pages a)"
            )
            expect(strangers).to_have_count(0)
            if number < len(taken) // 100:
                page.get_by_role("link", name="More signatories").click()
        expect(page.get_by_role("listitem").filter(has_text=REAL_NAMES[-1])).to_be_visible()
