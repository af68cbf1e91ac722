"""One signature at the desk: what is known of it, never its address, and every verb with its reason."""

import pytest

from server.actions import moderate
from server.actions.amend import amend
from server.actions.edit import edit
from server.actions.lines import fingerprint
from server.actions.withdraw import withdraw
from server.errors import Invalid
from server.mail.kinds import KINDS
from server.records import journal, outbox
from server.web.admin.journalling import VERBS
from tests.scene import CONSENT, NGO, UNPROVED
from tests.web.reading import Page
from tests.web.scene import everything

LIST = "/admin/statements/open-rivers/signatures"
REASON = {"reason": "they wrote to us"}


def html(browser, path):
    answer = browser.open(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def edited(browser, id_, **typed):
    """What the form to edit sends, once this was typed into it."""
    return browser.get(f"{LIST}/{id_}").values | REASON | typed


def test_the_page_tells_all_that_is_known_and_never_the_address(moderator, scene, mails):
    id_ = scene.sign(title="Poet", comment="For the river", country="GE", newsletter=True)
    mails.deliver()
    scene.confirm(id_)
    moderator.post(f"{LIST}/{id_}", {"verb": "hold", **REASON})

    found = html(moderator, f"{LIST}/{id_}")

    for told in (
        "Ani",
        "Poet",
        "For the river",
        "Georgia",
        "held a signature",
        "mher",
        "they wrote to us",
        "Please confirm",
        "sent ",
    ):
        assert told in found, told
    assert "I sign this statement, and my name may be published." in found
    assert "kept, sealed" in found
    assert "ani@" not in found


@pytest.mark.parametrize(
    ("fields", "before", "verb", "after"),
    [
        ({}, (), "hold", "held"),
        (UNPROVED, (), "approve", "confirmed"),
        ({}, (), "remove", "removed"),
        ({}, ("remove",), "restore", "confirmed"),
    ],
)
def test_a_verb_is_done_and_told(moderator, scene, fields, before, verb, after):
    id_ = scene.signed(**fields)
    for one in before:
        moderator.post(f"{LIST}/{id_}", {"verb": one, **REASON})

    answer = moderator.post(f"{LIST}/{id_}", {"verb": verb, **REASON})

    assert answer.status_code == 303
    assert scene.get(id_).state == after
    assert scene.journal()[-1] == (f"signature.{verb}", f"signature:{id_}", REASON["reason"])
    assert "1 signature is" in html(moderator, answer.location)


def test_a_verb_that_no_longer_fits_is_refused_in_words(moderator, scene):
    id_ = scene.signed()
    withdraw(scene.db, scene.ref(id_), shown=False, now=scene.clock())

    answer = moderator.post(f"{LIST}/{id_}", {"verb": "restore", **REASON})

    assert (answer.status_code, scene.get(id_).state) == (422, "withdrawn")
    assert "does not allow that" in answer.get_data(as_text=True)


def test_an_organisation_is_not_restored_beside_its_namesake(moderator, scene):
    removed = scene.signed(**NGO)
    moderator.post(f"{LIST}/{removed}", {"verb": "remove", **REASON})
    scene.signed(**{**NGO, "email": "second@riverwatch.example"})

    answer = moderator.post(f"{LIST}/{removed}", {"verb": "restore", **REASON})

    found = answer.get_data(as_text=True)
    assert (answer.status_code, "of the same name is on the list" in found) == (422, True)
    assert REASON["reason"] in found


def test_a_line_is_edited_by_its_signers_rules_and_the_page_shows_both(moderator, scene):
    id_ = scene.signed(title="Poett")

    answer = moderator.post(f"{LIST}/{id_}/edit", edited(moderator, id_, name=" Ani  G. ", title="Poet"))

    assert answer.status_code == 303
    assert (scene.get(id_).name, scene.get(id_).title, scene.listed()) == ("Ani G.", "Poet", ["Ani G."])
    found = html(moderator, answer.location)
    assert '<del dir="auto">Poett</del> <ins dir="auto">Poet</ins>' in found
    assert "Its signer was not told." in found


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "Else"}, "Please fill this in."),
        ({"name": "https://spam.example/x", **REASON}, "will not do"),
        ({"name": "", **REASON}, "will not do"),
    ],
)
def test_what_will_not_do_changes_nothing_and_comes_back(moderator, scene, form, words):
    id_ = scene.signed()

    answer = moderator.post(f"{LIST}/{id_}/edit", {"title": "Typed title", **form})

    found = answer.get_data(as_text=True)
    assert (answer.status_code, words in found, "Typed title" in found) == (422, True, True)
    assert (scene.get(id_).name, scene.get(id_).title) == ("Ani", None)


def test_a_name_under_which_the_mailbox_has_signed_is_refused_in_words(moderator, scene):
    scene.signed(name="Ani")
    id_ = scene.signed(name="Aram")

    answer = moderator.post(f"{LIST}/{id_}/edit", {"name": "Ani", **REASON})

    assert answer.status_code == 422
    assert "This mailbox has signed under that name already." in answer.text


def test_no_admin_shows_somebody_with_more_than_they_chose(moderator, scene):
    signature_id = scene.signed(name="Ani", visibility="counted")
    form = edited(moderator, signature_id, visibility="name", title="Poet")

    moderator.post(f"/admin/statements/open-rivers/signatures/{signature_id}/edit", form)

    stands = scene.get(signature_id)
    assert (stands.title, stands.visibility, scene.listed()) == ("Poet", "counted", [])
    by = {"seen": fingerprint(stands), "actor": "x", "reason": "y", "now": scene.clock()}
    with pytest.raises(Invalid):
        edit(scene.db, "open-rivers", signature_id, {"visibility": "name"}, **by)


@pytest.fixture
def stale(moderator, scene):
    """A page that a moderator has open while its signer takes back who she is: the id, and what its form sends."""
    id_ = scene.signed(name="Anna Petrova", affiliation="Radio", city="Minsk")
    form = edited(moderator, id_, title="Editor")
    line = {"name": "A. P.", "affiliation": None, "city": None}
    amend(scene.db, scene.ref(id_), line, consent=CONSENT, now=scene.clock())
    return id_, form


def test_a_page_from_before_its_signers_change_comes_back_with_both(moderator, scene, stale):
    id_, form = stale

    answer = moderator.post(f"{LIST}/{id_}/edit", form)

    page = Page(answer)
    assert (answer.status_code, scene.listed()) == (409, ["A. P."])
    assert "changed while the page was open" in page.words
    assert "Not as it is saved now: Name, Title, Affiliation, City" in " ".join(page.words.split())
    assert "<bdi>A. P.</bdi>" in page.html
    assert (page.values["name"], page.values["title"]) == ("Anna Petrova", "Editor")


def test_who_has_read_the_line_of_now_may_write_it_anew(moderator, scene, stale):
    id_, form = stale
    page = Page(moderator.post(f"{LIST}/{id_}/edit", form))

    answer = moderator.post(f"{LIST}/{id_}/edit", page.values | {"name": "A. P.", "affiliation": "", "city": ""})

    assert answer.status_code == 303
    assert (scene.listed(), scene.get(id_).title, scene.get(id_).city) == (["A. P."], "Editor", None)


def test_an_old_page_stays_old_when_it_comes_back_for_another_reason(moderator, scene, stale):
    id_, form = stale
    page = Page(moderator.post(f"{LIST}/{id_}/edit", form | {"reason": ""}))

    assert moderator.post(f"{LIST}/{id_}/edit", page.values | REASON).status_code == 409
    assert scene.listed() == ["A. P."]


def test_a_founding_organisation_is_edited_without_a_name_to_sign_for_it(moderator, scene):
    scene.found("River Watch\nLake Watch")
    [one, *_] = scene.rows("SELECT id, kind FROM signatures")
    scene.run(
        "UPDATE signatures SET kind = 'organisation', organisation = 'River Watch', name = NULL WHERE id = :id",
        id=one["id"],
    )

    form = edited(moderator, one["id"], city="Kutaisi")
    assert moderator.post(f"{LIST}/{one['id']}/edit", form).status_code == 303
    assert scene.get(one["id"]).city == "Kutaisi"


def test_a_pending_signature_gets_its_email_once_more(moderator, scene, mails):
    id_ = scene.sign()
    mails.deliver()

    answer = moderator.post(f"{LIST}/{id_}/resend")

    assert answer.status_code == 303
    assert [row["kind"] for row in scene.emails()] == ["confirm", "confirm"]
    assert scene.journal()[-1] == ("signature.resend", f"signature:{id_}", None)


def test_an_address_that_has_had_enough_gets_no_more_and_the_page_says_so(moderator, scene, mails, clock):
    id_ = scene.sign()
    mails.deliver()
    for _ in range(9):
        moderator.post(f"{LIST}/{id_}/resend")
        clock.forward(minutes=20)
        mails.deliver()
    before = len(scene.emails())

    assert "as many emails as it may get" in html(moderator, f"{LIST}/{id_}")
    assert moderator.post(f"{LIST}/{id_}/resend").status_code == 422
    assert len(scene.emails()) == before


def test_what_went_to_other_tags_of_an_address_is_counted_before_anybody_presses(moderator, scene, mails, clock):
    told = []
    for tag in range(3):
        id_ = scene.sign(email=f"ani+{tag}@rivers.example")
        mails.deliver()
        told.append("as many emails as it may get" in html(moderator, f"{LIST}/{id_}"))
        clock.forward(minutes=10)

    assert told == [False, False, True]


def test_a_confirmed_signature_gets_no_confirm_email(moderator, scene):
    id_ = scene.signed()
    before = scene.emails()

    assert moderator.post(f"{LIST}/{id_}/resend").status_code == 422
    assert scene.emails() == before


def test_a_signature_of_another_statement_is_not_found(moderator, scene):
    other = scene.publish("clean-air")
    id_ = other.signed()

    for path in ("", "/edit", "/resend"):
        assert moderator.post(f"{LIST}/{id_}{path}", {"verb": "hold", **REASON}).status_code == 404
    assert moderator.open(f"{LIST}/{id_}").status_code == 404
    assert other.counts() == (1, 0, 0)


@pytest.mark.parametrize("wrong", ["a\0b", "a\u0007b", "x" * 501])
def test_a_reason_that_cannot_be_kept_changes_nothing_and_comes_back(moderator, scene, db, wrong):
    scene.found("Cleo Day\n")
    [founder] = scene.rows("SELECT id FROM signatures")
    id_, founding = scene.signed(name="Ani"), "/admin/statements/open-rivers/founding"
    before = everything(db)

    for path, form in (
        (f"{LIST}/{id_}", {"verb": "hold", "id": id_}),
        (f"{LIST}/{id_}/edit", {"name": "Else"}),
        (f"{founding}/{founder['id']}/remove", {"remove": "yes"}),
    ):
        answer = moderator.post(path, {**form, "reason": wrong})
        assert (answer.status_code, wrong[-1:] in answer.text) == (422, True), path
    assert everything(db) == before


@pytest.mark.parametrize("path", [f"{LIST}/{{}}", "/admin/statements/open-rivers/founding/{}"])
def test_a_number_that_no_row_can_have_is_not_found(moderator, path):
    assert moderator.open(path.format(10**30)).status_code == 404


@pytest.mark.parametrize("before", [10**30, -(10**30)])
def test_a_page_of_the_journal_before_any_number_is_a_page(moderator, before):
    assert moderator.open(f"/admin/statements/open-rivers/journal?before={before}").status_code == 200


def test_its_history_and_its_emails_are_told_in_words_and_never_in_our_codes(moderator, scene):
    id_ = scene.signed()
    sealed = {"locale": "en", "email_key": b"k", "sealed_to": b"s", "now": scene.clock()}
    with scene.db.write() as tx:
        for verb in VERBS:
            told = {"actor": "signer", "subject": f"signature:{id_}", "statement_id": scene.statement.id}
            journal.write(tx, verb, now=scene.clock(), **told)
        for kind in KINDS:
            outbox.put(tx, kind, signature_id=id_, statement_id=scene.statement.id, **sealed)
    moderate.hold(scene.db, "open-rivers", id_, actor="rule:all", reason=None, now=scene.clock())

    words = " ".join(moderator.get(f"{LIST}/{id_}").words.split())

    assert [code for code in (*VERBS, "rule:all") if code in words] == []
    assert "· rule: everything is looked at here · held a signature" in words
    assert "· the signer · kept their name under the new text" in words
    for told in ("The text was changed ·", "Asked whether the line is right ·", "Please confirm ·"):
        assert told in words


def test_what_somebody_typed_is_text_and_never_markup(moderator, scene):
    id_ = scene.signed(name="Ani <b>bold</b>")
    moderate.hold(scene.db, "open-rivers", id_, actor="admin:x", reason="<script>alert(1)</script>", now=scene.clock())

    found = html(moderator, f"{LIST}/{id_}")
    assert "<b>bold" not in found
    assert "Ani &lt;b&gt;bold&lt;/b&gt;" in found
    assert "<script>alert" not in found
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in found
