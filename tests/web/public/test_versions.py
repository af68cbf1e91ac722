"""The versions of a text: what was changed is there for everybody to judge, and each name says what it stands under."""

import pytest

from server.services import texts
from server.services.texts import publish_revision
from server.text.diff import MOST_LINES, MOST_WORDS, Piece, diff_words
from server.text.statement_file import read_statement, text_sha256
from tests.conftest import RIVERS
from tests.editing import REASON, mend, rewrite, versions_signed
from tests.web.reading import Page
from tests.web.scene import LIST, PAGE, everything, own_link

VERSIONS = f"{PAGE}/versions"
BODY = "We, the undersigned, ask for **open** rivers."


def changes(old: str, new: str) -> list[tuple[str, str]]:
    return [(piece.fate, piece.text) for piece in diff_words(old, new)]


def spoken(page: Page) -> str:
    """The page's words as they are read out."""
    return " ".join(page.words.split())


# what differs


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("We ask.", "We ask.", [("same", "We ask.")]),
        ("We ask.", "We demand.", [("same", "We "), ("removed", "ask"), ("added", "demand"), ("same", ".")]),
        ("a b c d", "a x y d", [("same", "a "), ("removed", "b c"), ("added", "x y"), ("same", " d")]),
        ("We ask.", "We ask. Now.", [("same", "We ask."), ("added", " Now.")]),
        ("one\ntwo", "one\n\ntwo", [("same", "one\n"), ("added", "¶\n"), ("same", "two")]),
        ("don't", "dont", [("removed", "don't"), ("added", "dont")]),
        ("", "All", [("added", "All")]),
    ],
)
def test_a_difference_is_told_in_whole_words(old, new, found):
    assert changes(old, new) == found


@pytest.mark.parametrize(
    ("old", "new", "removed", "added"),
    [
        ("نطالب بأنهار مفتوحة الآن", "نطالب بأنهارٍ نظيفة الآن", "بأنهار مفتوحة", "بأنهارٍ نظيفة"),
        ("ჩვენ ვითხოვთ ღია მდინარეებს", "ჩვენ ვითხოვთ სუფთა მდინარეებს", "ღია", "სუფთა"),
        ("Մենք պահանջում ենք գետեր", "Մենք խնդրում ենք գետեր", "պահանջում", "խնդրում"),
        ("我们要求开放河流", "我们要求清洁河流", "开放", "清洁"),
        ("เราขอแม่น้ำใส", "เราขอแม่น้ำดี", "ใส", "ดี"),
    ],
)
def test_words_of_every_script_stay_whole_with_their_marks(old, new, removed, added):
    found = changes(old, new)

    assert [text for fate, text in found if fate == "removed"] == [removed]
    assert [text for fate, text in found if fate == "added"] == [added]
    assert "".join(text for fate, text in found if fate != "added") == old
    assert "".join(text for fate, text in found if fate != "removed") == new


def test_what_stayed_is_shortened_and_what_turns_a_line_around_is_named():
    long = "word " * 400
    found = changes(f"{long}old {long}", f"{long}new\u202e {long}")

    assert [fate for fate, _ in found] == ["same", "removed", "added", "same"]
    assert found[0][1].startswith(" […] ")
    assert found[3][1].endswith(" […] ")
    assert max(len(text) for _, text in found) < 300
    assert "[U+202E]" in "".join(text for _, text in found)
    assert "\u202e" not in "".join(text for _, text in found)


def test_another_text_altogether_takes_no_time():
    old, new = (" ".join(f"{letter}{n}" for n in range(MOST_WORDS)) for letter in "ab")

    assert diff_words(old, new) == (Piece("removed", old), Piece("added", new))


# the page


def test_a_text_of_very_many_lines_is_shown_as_removed_and_added_whole():
    """Looked at line by line it would keep the server busy for minutes."""
    old = "".join(f"line {n}\n" for n in range(MOST_LINES + 1))
    new = old.replace("line 7\n", "line seven\n")

    assert [piece.fate for piece in diff_words(old, new)] == ["removed", "added"]


def test_every_version_stands_there_with_what_was_changed_and_why(client, scene, clock):
    scene.signed()
    clock.forward(days=1)
    mend(scene, "We, the undersigned, ask for **open** lakes.", reason="Not <b>rivers</b>.")
    clock.forward(days=1)
    rewrite(scene, "We, the undersigned, demand **open** lakes.")
    page = Page(client.get(VERSIONS))
    words = spoken(page)

    assert [tag for tag, _ in page.tags if tag in ("ins", "del")] == ["del", "ins", "del", "ins"]
    for told in (
        "Version 3, 17 January 2027",
        "The meaning was changed.",
        REASON,
        "removed: ask for end of the change. added: demand end of the change.",
        "Version 2, 16 January 2027",
        "A typo was corrected.",
        "Not <b>rivers</b>.",
        "removed: rivers end of the change. added: lakes end of the change.",
        "Version 1, 15 January 2027",
        "The first version that was signed.",
        text_sha256("Keep our rivers open", "Anybody who lives by a river", BODY),
        BODY,
    ):
        assert told in words
    assert words.index("Version 3") < words.index("Version 2") < words.index("Version 1")


def test_every_part_that_differs_is_shown(client, scene, clock):
    scene.signed()
    file = RIVERS.replace("Keep our", "Keep all").replace("Kutaisi", "Poti").replace("2027-01-10", "2027-01-11")
    wording = read_statement(file.replace("Anybody who lives", "Whoever lives"))
    publish_revision(
        scene.db, "open-rivers", "en", wording, change="typo", reason=REASON, was=None, actor="kate", now=clock()
    )
    words = spoken(Page(client.get(VERSIONS)))

    for told in ("removed: our", "added: Poti", "added: 11", "added: Whoever"):
        assert told in words


def test_drafts_that_nobody_has_signed_are_nobodys_business(client, scene, clock):
    draft = RIVERS.replace("**open** rivers", "a draft with a secret in it")
    for source in (draft, RIVERS.replace("**open** rivers", "clean rivers")):
        texts.add_statement(scene.db, read_statement(source), actor="kate", now=clock())

    answer = client.get(VERSIONS)

    assert answer.status_code == 200
    assert b"secret" not in answer.data
    assert b"clean rivers" in answer.data


@pytest.mark.parametrize(
    ("state", "status"), [("opened_at = NULL", 404), ("archived_at = 1", 404), ("closed_at = 1", 200)]
)
def test_the_page_is_public_as_long_as_the_statement_is(client, scene, state, status):
    scene.run(f"UPDATE statements SET {state}")

    assert client.get(VERSIONS).status_code == status
    assert client.get("/s/no-such/versions").status_code == 404


def test_a_right_to_left_text_is_shown_in_its_own_direction(client, scene, clock):
    there = scene.publish("anhar", locale="ar", title="أنهار")
    there.signed(locale="ar")
    rewrite(there, "نطالب بأنهار مفتوحة.", locale="ar")
    scene.run("UPDATE statement_texts SET locale = 'ckb' WHERE locale = 'ar'")  # has no words of ours

    html = client.get("/s/anhar/versions").get_data(as_text=True)

    assert '<div class="difference" lang="ckb" dir="rtl">' in html


# where it is linked from


def test_the_statement_leads_there_once_it_has_versions(client, scene):
    scene.signed()
    assert not [href for _, href in Page(client.get(PAGE)).links if VERSIONS in href]

    mend(scene, "We ask for open rivers.")

    assert Page(client.get(PAGE)).link("Versions of this text") == f"{VERSIONS}?locale=en"


def test_who_confirms_an_older_version_is_told_and_led_to_the_difference(client, scene, link):
    rewrite(scene, "We demand dams.")
    page = Page(client.get(link))

    assert "This is version 1 of the text, from 15 January 2027. The text has been changed since then." in spoken(page)
    assert page.link("Versions of this text") == f"{VERSIONS}?locale=en"


# the signer's own page


def wording_of(page: Page) -> dict[str, str]:
    """What says which text, and which words beside the box, somebody has looked at."""
    return {name: page.values[name] for name in ("text", "wording")}


def test_a_signer_keeps_their_name_under_the_new_text(client, own, scene):
    rewrite(scene, "We demand dams.")
    page = Page(client.get(own))
    assert "The text has been changed since you signed" in page.words
    assert page.link("See what was changed") == f"{VERSIONS}?locale=en"

    answer = client.post(f"{own}/keep", data={**wording_of(page), "consent": "yes"})

    assert (answer.status_code, answer.location) == (303, f"{own}?done=kept")
    page = Page(client.get(answer.location))
    assert "Your name is now on the new text." in page.words
    assert "This is version 2 of the text" in page.words
    assert "The text has been changed since you signed" not in page.words
    assert versions_signed(scene) == [2]


@pytest.mark.parametrize("sent", [{}, {"consent": "no"}])
def test_nothing_is_kept_without_the_tick(client, own, scene, db, sent):
    text = rewrite(scene, "We demand dams.").text
    before = everything(db)

    answer = client.post(f"{own}/keep", data={"text": text.sha256, "wording": "individual", **sent})

    assert answer.status_code == 422
    assert "Please tick the box first." in Page(answer).words
    assert everything(db) == before


def test_who_looked_at_a_text_that_is_not_the_newest_is_shown_the_newest(client, own, scene):
    seen = rewrite(scene, "We demand dams.").text.sha256
    newest = rewrite(scene, "We demand higher dams.").text.sha256

    answer = client.post(f"{own}/keep", data={"text": seen, "wording": "individual", "consent": "yes"})

    assert answer.status_code == 422
    assert "The text was changed again." in Page(answer).words
    assert Page(answer).values["text"] == newest
    assert versions_signed(scene) == [1]


def test_where_only_a_slip_was_mended_there_is_nothing_to_decide(client, own, scene):
    mend(scene, "We ask for open rivers.")
    page = Page(client.get(own))

    assert f"{own}/keep#edition" not in page.actions
    assert page.link("Versions of this text") == f"{VERSIONS}?locale=en"


# the list


def test_each_name_under_an_older_edition_says_so_and_all_are_counted(client, own, scene, context, clock):
    clock.forward(days=1)
    text = rewrite(scene, "We demand dams.").text
    scene.signed(name="Aram", email="aram@rivers.example")
    second = own_link(context, now=clock())
    client.post(f"{second}/keep", data={"text": text.sha256, "wording": "individual", "consent": "yes"})

    lines = client.get(LIST).json["signatories"]

    assert [(one["signed_version"], one["signed_version_text"]) for one in lines] == [
        (1, "Signed the version of 15 January 2027"),
        (None, None),
    ]
    assert Page(client.get(PAGE)).words.count("Signed the version of 15 January 2027") == 1
    assert scene.counts()[0] == 2
