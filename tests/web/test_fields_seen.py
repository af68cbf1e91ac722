"""Who sees which field: what the table of fields says holds on pages, in exports, in the journal and after erasing.

Each signature here has a word of its own in every text field, so that a page tells which fields it shows.
"""

import json
from dataclasses import replace

import pytest

from server.exports import export_signatures
from server.services.signers import change_signature, erase_signature
from server.tables import signatures
from server.text.fields import FIELDS, LINE, MODERATED, PUBLISHED, SIGNER_CHANGES, WITH_ADDRESSES, fields_for
from server.text.names import KINDS
from tests.scene import CONSENT, look, run
from tests.web.admin.desk import logged_in
from tests.web.scene import LIST, PAGE, newest_link

DESK = "/admin/statements/open-rivers"
TEXTS = [name for name in LINE if FIELDS[name].type != "select"]
WORDS = {name: f"Q{name}" for name in TEXTS} | {"website": "https://qwebsite.example", "email": "qemail@mail.example"}
LEFT = {
    *("id", "statement_id", "text_id", "partner_id", "nonce", "kind", "locale", "visibility", "newsletter", "state"),
    *("domain_proved", "list_number", "consent_id", "mailbox_seat", "reminded_at", "withdrawal_shown"),
    *("signed_at", "confirmed_at", "changed_at", "withdrawn_at", "anonymised_at"),
}
"""What is left of a signature once it is erased: numbers, moments, choices, and nothing that a signer wrote."""


def words_of(kind):
    return {one.name: WORDS[one.name] for one in fields_for(kind) if one.name in WORDS} | {"kind": kind}


def shown_in(text: str) -> set[str]:
    """The fields whose words stand in a text."""
    return {name for name, word in WORDS.items() if word in text}


@pytest.fixture
def asking_all(db, statement):
    """The statement, asking for every field."""
    fields = json.dumps([one.name for one in FIELDS.values() if "optional" in one.asked.values()])
    run(db, "UPDATE statements SET fields = :fields, moderation = 'none'", fields=fields)


@pytest.fixture
def moderator(app, statement, clock):
    return logged_in(app, "mher", "moderator", slug=statement.slug, now=clock())


@pytest.mark.parametrize("kind", KINDS)
def test_moderators_see_their_fields_and_no_others(moderator, scene, asking_all, db, kind):
    id_ = scene.signed(**words_of(kind))
    path = f"{DESK}/signatures/{id_}"
    values = moderator.get(path).values
    moderator.post(f"{path}/edit", values | {"reason": "they wrote to us", "city": "Other"})
    detail = moderator.get(path)
    run(db, "UPDATE signatures SET held_at = 1")

    queue = moderator.get(f"{DESK}/queue", kind=kind)
    pages = [detail, queue, *(moderator.get(f"{DESK}/{page}") for page in ("signatures", "journal"))]

    assert [page.status for page in pages] == [200] * 4
    assert shown_in(detail.html) == set(words_of(kind)) & set(MODERATED)
    assert shown_in(queue.html) >= {"name"}, "the page shows this signature"
    assert set().union(*(shown_in(page.html) for page in pages)) <= set(MODERATED)


def test_what_the_public_sees_moderators_and_exports_see_too():
    """Pages of the desk show the public line, and queries of the desk read only what moderators see."""
    assert set(PUBLISHED) <= set(MODERATED)
    assert {name for name in PUBLISHED if FIELDS[name].exported != "always"} == set()


def test_the_journal_keeps_nothing_that_signers_change(db, scene, clock, asking_all):
    id_ = scene.signed(**words_of("individual"))
    line = {name: f"{WORDS[name]} changed" for name in SIGNER_CHANGES if name in WORDS}

    change_signature(db, scene.ref(id_), line, consent=CONSENT, now=clock())

    kept = look(db, "SELECT verb, before, after FROM journal JOIN journal_details ON journal_id = journal.id")
    assert json.loads(kept[-1]["after"])["changed"] == list(line), "the fields' names are there"
    assert shown_in(json.dumps(kept)) == set()


def test_a_field_that_only_its_signer_sees_would_be_found(scene):
    """The twin: an address is such a field."""
    assert shown_in(f"<dd>{WORDS['email']}</dd>") == {"email"}
    assert not FIELDS["email"].moderated


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_that_confirms_shows_what_will_be_published_or_may_be_changed(
    client, signer, context, clock, asking_all, kind
):
    signer.post(**words_of(kind))

    page = client.get(newest_link(context, now=clock())).get_data(as_text=True)

    assert shown_in(page) >= {"name", "title"}
    assert shown_in(page) <= {*PUBLISHED, *SIGNER_CHANGES}


@pytest.mark.parametrize("kind", KINDS)
def test_the_public_sees_published_fields_only(client, scene, asking_all, kind):
    scene.signed(**words_of(kind))
    published = {name for name in words_of(kind) if kind in (FIELDS[name].published if name in FIELDS else ())}

    for path in (PAGE, LIST):
        assert shown_in(client.get(path).get_data(as_text=True)) == published


@pytest.mark.parametrize("kind", KINDS)
def test_exports_without_addresses_have_no_field_that_comes_with_addresses(db, scene, clock, asking_all, kind):
    scene.signed(**words_of(kind))

    export = export_signatures(db, "open-rivers", actor="test", clock=clock)

    found = shown_in(b"".join(export.sent()).decode())
    assert found == {name for name in words_of(kind) if name in LINE and FIELDS[name].exported == "always"}
    assert not found & set(WITH_ADDRESSES)


@pytest.mark.parametrize("is_moderated", [True, False])
def test_a_change_is_held_only_if_moderators_can_see_it(db, scene, clock, asking_all, monkeypatch, is_moderated):
    id_ = scene.signed(**words_of("individual"))
    run(db, "UPDATE statements SET moderation = 'all'")
    monkeypatch.setitem(FIELDS, "city", replace(FIELDS["city"], moderated=is_moderated))

    becomes = change_signature(db, scene.ref(id_), {"city": "Other"}, consent=CONSENT, now=clock())

    assert becomes == ("held" if is_moderated else "confirmed")


def test_of_a_founder_who_is_anonymised_what_was_published_is_left(db, scene, clock, asking_all):
    id_ = scene.signed(**words_of("individual"))
    run(db, "UPDATE signatures SET founding_place = 1")

    with db.write() as tx:
        signatures.anonymise(tx, id_, now=clock())

    [after] = look(db, "SELECT * FROM signatures")
    assert {name for name in LINE if after[name]} == set(words_of("individual")) & set(PUBLISHED)
    assert after["email_key"] is after["mail_domain"] is after["network_tag"] is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", ["erased", "anonymised"])
def test_nothing_that_a_signer_wrote_is_left(db, scene, clock, asking_all, way, kind):
    id_ = scene.signed(**words_of(kind), country="GE", newsletter=True)
    [before] = look(db, "SELECT * FROM signatures")
    assert {name for name in LINE if kind in FIELDS[name].asked} <= {name for name, value in before.items() if value}

    if way == "erased":
        erase_signature(db, scene.ref(id_), now=clock())
    else:
        with db.write() as tx:
            signatures.anonymise(tx, id_, now=clock())

    [after] = look(db, "SELECT * FROM signatures")
    assert {name for name, value in after.items() if value is not None} <= LEFT
    assert not LEFT & set(LINE)
