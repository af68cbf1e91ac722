"""Links that are old, altered or another's: none signs, and an expired one offers a new one."""

import secrets

from server.services import moderation, statements
from server.services.scheduled import prune_expired
from tests.conftest import BASE_URL, NOW
from tests.scene import look
from tests.web.reading import Page
from tests.web.scene import LIST, TICKED, count, everything


def test_an_expired_link_offers_a_new_one_that_works(client, link, clock, mails, db):
    clock.forward(days=7, minutes=6)
    expired = client.get(link)
    page = Page(expired)
    pressed = client.post(link, data=TICKED)

    assert (expired.status_code, pressed.status_code) == (410, 410)
    assert "This link has expired" in page.words
    assert "Անի" not in page.words
    assert count(db, "wordings") == 0
    answer = client.post(page.action, headers={"Origin": BASE_URL})
    assert (answer.status_code, answer.location) == (303, "/s/open-rivers/sent?locale=en")
    mails.deliver()
    new = mails.links()[-1]
    assert new != link
    assert client.post(new, data=TICKED).status_code == 303


def test_looking_at_an_expired_link_mails_nothing(client, link, clock, db):
    clock.forward(days=8)
    for method in ("GET", "HEAD", "OPTIONS"):
        client.open(link, method=method)
        client.open(f"{link}/resend", method=method)

    assert count(db, "outbox") == 1


def test_after_two_weeks_one_has_to_sign_again(client, link, clock, db, mails):
    mails.deliver()
    clock.forward(days=14, hours=1)
    prune_expired(db, now=clock())

    for answer in (client.get(link), client.post(link, data=TICKED), client.post(f"{link}/resend")):
        assert answer.status_code == 404
        assert "fill in the form again" in Page(answer).words
    assert count(db, "signatures") == 0


def test_a_new_link_for_a_signature_that_stands_is_not_mailed(client, link, clock, db):
    client.post(link, data=TICKED)
    clock.forward(days=8)

    assert client.post(f"{link}/resend").status_code == 303
    assert [row["kind"] for row in look(db, "SELECT kind FROM outbox ORDER BY id")] == ["confirm", "thanks"]


def altered(link):
    path, token = link.rsplit("/", 1)
    payload, stamp, signature = token.split(".")
    yield from (f"{path}/{token[:-4]}AAAA", f"{path}/{payload}.{stamp}", f"{path}/A{token}", f"{path}/{token}.x")
    yield from (f"{path}/{payload[:-2]}AA.{stamp}.{signature}", f"{path}/{payload}.AAAAAA.{signature}")
    yield from (f"{path}/%00", f"{path}/%ED%A0%80", f"{path}/Ա", f"{path}/..", f"{path}/" + "." * 3000)


def test_an_altered_link_leads_nowhere(client, link, db):
    before = everything(db)
    for path in altered(link):
        for answer in (client.get(path), client.post(path, data=TICKED), client.post(f"{path}/resend")):
            assert answer.status_code == 404, path
            assert answer.mimetype == "text/html"
    assert everything(db) == before


def test_a_token_for_another_purpose_row_or_key_leads_nowhere(client, link, signer, context, db):
    [row] = look(db, "SELECT id, nonce FROM signatures")
    other_nonce = context.links.confirm_token(row["id"], secrets.token_bytes(16), now=NOW)
    other_row = context.links.confirm_token(row["id"] + 1, bytes(row["nonce"]), now=NOW)
    huge = context.links.confirm_token((1 << 63) - 1, bytes(row["nonce"]), now=NOW)
    tomorrow = context.links.confirm_token(row["id"], bytes(row["nonce"]), now=NOW + 86400)

    for token in (signer.form_token(), other_nonce, other_row, huge, tomorrow):
        assert client.get(f"/confirm/{token}").status_code == 404
        assert client.post(f"/confirm/{token}", data=TICKED).status_code == 404
    assert look(db, "SELECT state FROM signatures") == [{"state": "pending"}]


def test_a_link_to_a_removed_signature_brings_nothing_back(client, link, db, clock):
    client.post(link, data=TICKED)
    [row] = look(db, "SELECT id FROM signatures")
    moderation.remove_signature(db, "open-rivers", row["id"], actor="test", reason=None, now=clock())
    answers = [client.get(link), client.post(link, data=TICKED)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert look(db, "SELECT state FROM signatures") == [{"state": "removed"}]
    assert client.get(LIST).json["signatories"] == []


def test_a_link_whose_statement_has_ended_offers_no_button_and_no_email(client, link, db, clock):
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    clock.forward(days=1)

    answers = [client.get(link), client.post(link, data=TICKED), client.post(f"{link}/resend")]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert all("is closed for signatures" in Page(answer).words for answer in answers)
    assert count(db, "outbox") == 1
