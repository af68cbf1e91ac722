"""Sign: one pending row and one email, with the same work for every kind of address."""

from pathlib import Path

import pytest

from server.errors import KeyReused
from server.services.sign import sign
from tests.databases import databases
from tests.scene import NGO, UNPROVED, Scene, SpyStore, submission
from tests.services.addressed import every_kind_of_address

ALIASES = ("ani.rivers@gmail.com", "A.N.I.rivers@gmail.com", "anirivers+news@googlemail.com", "ANIRIVERS@GMAIL.COM")


def work_for(scene: Scene, email: str, verb=sign) -> list[str]:
    spy = SpyStore(scene.db)
    scene.submit(submission(email=email), verb=verb, db=spy)
    return spy.said


def naive_sign(db, statement, claim, sent, *, keys, sealer, now) -> None:
    """What most do: look first, and do nothing for an address that has signed."""
    with db.read() as tx:
        known = tx.rows(
            "SELECT id FROM signatures WHERE email_key = :key AND confirmed_at IS NOT NULL",
            {"key": keys.key(sent.email)},
        )
    if not known:
        sign(db, statement, claim, sent, keys=keys, sealer=sealer, now=now)


def test_every_address_makes_the_same_statements_in_the_same_order(scene):
    works = {email: work_for(scene, email) for email in every_kind_of_address(scene)}

    assert len({tuple(work) for work in works.values()}) == 1
    assert len(works["new@rivers.example"]) == 6  # begin, signature, key, contact, email, tally


def test_a_sign_that_spares_work_for_known_addresses_is_caught_by_the_same_check(scene):
    works = [work_for(scene, email, naive_sign) for email in every_kind_of_address(scene)]

    assert len({tuple(work) for work in works}) == 2


def test_every_address_gets_one_row_and_one_email(scene):
    for email in every_kind_of_address(scene):
        before = len(scene.states()), len(scene.emails())

        scene.sign(email=email)

        assert (len(scene.states()), len(scene.emails())) == (before[0] + 1, before[1] + 1)
        assert scene.states()[-1] == "pending"


def test_a_signature_is_pending_counts_nowhere_and_its_email_waits(scene):
    signature_id = scene.sign()

    [email] = scene.emails()
    assert (email["kind"], email["signature_id"], email["statement_id"]) == (
        "confirm",
        signature_id,
        scene.statement.id,
    )
    assert (email["due_at"], email["attempts"], email["sent_at"]) == (scene.clock(), 0, None)
    assert scene.counts() == (0, 0, 0)
    [tally] = scene.rows("SELECT hour, submitted, confirmed FROM tallies")
    assert tally == {"hour": scene.clock() // 3600, "submitted": 1, "confirmed": 0}


def test_the_text_that_was_shown_is_the_text_that_is_signed(scene):
    [_, french] = scene.rows("SELECT id FROM statement_texts ORDER BY id")

    context = scene.context
    claim = scene.claim._replace(text_id=french["id"])
    sent = submission(locale="fr")
    sign(scene.db, scene.statement, claim, sent, keys=context.keys, sealer=context.sealer, now=scene.clock())

    assert scene.get(1).text_id == french["id"]


def test_a_retry_with_the_same_key_signs_once_and_mails_once(scene):
    sent = submission(key="k" * 20)
    for _ in range(3):
        scene.submit(sent)

    assert (len(scene.states()), len(scene.emails())) == (1, 1)
    assert scene.rows("SELECT sum(submitted) AS submitted FROM tallies") == [{"submitted": 1}]


@pytest.mark.parametrize("change", [{"name": "Aram"}, {"email": "aram@rivers.example"}, {"newsletter": True}])
def test_the_same_key_with_another_submission_is_refused(scene, change):
    scene.submit(submission(key="k" * 20))

    with pytest.raises(KeyReused):
        scene.submit(submission(key="k" * 20, **change))

    assert (len(scene.states()), len(scene.emails())) == (1, 1)


def test_the_same_key_under_another_statement_is_another_submission(scene):
    other = scene.publish("clean-air")
    sent = submission(key="k" * 20)

    scene.submit(sent)
    other.submit(sent)

    assert len(scene.states()) == 2


def test_a_sign_that_fails_half_way_leaves_nothing(scene):
    broken = scene.claim._replace(text_id=999)
    context = scene.context
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        sign(scene.db, scene.statement, broken, submission(), keys=context.keys, sealer=context.sealer, now=1)

    for table in ("signatures", "contacts", "outbox", "submissions", "tallies"):
        assert scene.rows(f"SELECT * FROM {table}") == []


def test_aliases_of_a_mailbox_share_one_key(scene):
    keys = {scene.get(scene.sign(email=alias)).email_key for alias in ALIASES}

    assert len(keys) == 1
    assert scene.get(scene.sign(email="ani.rivers@rivers.example")).email_key not in keys


def test_addresses_stand_nowhere_in_clear(scene, tmp_path: Path):
    scene.sign(email="zmbkvq@hidden-mailbox.example", name="Anahit Findable")
    scene.signed(email="wqxkzv@hidden-mailbox.example", name="Aram Findable")

    kept = databases.all_bytes(tmp_path)

    assert b"Anahit Findable" in kept  # the twin: what is stored in clear is found this way
    for address in (b"zmbkvq", b"wqxkzv", b"hidden-mailbox"):
        assert address not in kept.lower()


def test_the_email_key_cannot_be_recomputed_without_the_pepper(scene):
    signature = scene.get(scene.sign(email="ani@rivers.example"))
    stranger = type(scene.context.keys)(b"another pepper")

    assert scene.context.keys.key("ani@rivers.example") == signature.email_key
    assert stranger.key("ani@rivers.example") != signature.email_key


@pytest.mark.parametrize(("fields", "proved"), [(NGO, True), (UNPROVED, False), ({**NGO, "website": None}, False)])
def test_an_organisation_is_proved_by_the_mail_domain_of_its_website(scene, fields, proved):
    signature = scene.get(scene.sign(**fields))

    assert signature.domain_proved is proved
    assert (signature.organisation, signature.organisation_key) == ("River Watch NGO", "river watch")


def test_an_individual_with_a_website_proves_nothing_and_signs_for_no_organisation(scene):
    signature = scene.get(scene.sign(**{**NGO, "kind": "individual"}))

    assert (signature.domain_proved, signature.organisation_key, signature.name_key) == (False, None, "maro")
