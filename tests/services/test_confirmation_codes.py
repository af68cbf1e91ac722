"""Try a code: five tries, half an hour, one submission, and the same refusal for every reason."""

import pytest

from server.crypto.links import CODE_TRIES, SignatureRef
from server.errors import CodeRefused
from server.services.sign import check_code
from tests.scene import Scene, SpyStore, submission
from tests.services.addressed import every_kind_of_address

KEY = "k" * 20
HALF_AN_HOUR_S = 30 * 60


@pytest.fixture
def mailed(scene, mails) -> Scene:
    """Ani has signed with a known key, and her email is out."""
    scene.submit(submission(key=KEY))
    mails.deliver()
    return scene


def attempt(scene: Scene, typed: str, *, key: str = KEY, **more) -> SignatureRef:
    given = {"db": scene.db, "statement_id": scene.statement.id, **more}
    return check_code(given["db"], given["statement_id"], key, typed, codes=scene.context.codes, now=scene.clock())


def code_of(scene: Scene, signature_id: int = 1) -> str:
    return scene.context.codes.of(signature_id, scene.get(signature_id).nonce)


def test_the_code_of_the_email_opens_its_signature(mailed):
    assert attempt(mailed, code_of(mailed)) == mailed.ref(1)


def test_another_code_does_not(mailed):
    other = f"{(int(code_of(mailed)) + 1) % 10**8:08}"

    with pytest.raises(CodeRefused):
        attempt(mailed, other)


def test_after_five_tries_even_the_right_code_is_refused(mailed):
    for _ in range(CODE_TRIES):
        with pytest.raises(CodeRefused):
            attempt(mailed, "00000000")

    with pytest.raises(CodeRefused):
        attempt(mailed, code_of(mailed))


def test_the_fifth_try_may_be_the_right_one(mailed):
    for _ in range(CODE_TRIES - 1):
        with pytest.raises(CodeRefused):
            attempt(mailed, "00000000")

    assert attempt(mailed, code_of(mailed)) == mailed.ref(1)


@pytest.mark.parametrize(("seconds", "serves"), [(HALF_AN_HOUR_S, True), (HALF_AN_HOUR_S + 1, False)])
def test_a_code_serves_for_half_an_hour_from_its_email(mailed, clock, seconds, serves):
    clock.forward(seconds=seconds)

    if serves:
        assert attempt(mailed, code_of(mailed)) == mailed.ref(1)
    else:
        with pytest.raises(CodeRefused):
            attempt(mailed, code_of(mailed))


def test_half_an_hour_begins_when_the_email_goes_and_not_when_the_form_does(scene, mails, clock):
    scene.submit(submission(key=KEY))
    clock.forward(hours=3)
    mails.deliver()

    assert attempt(scene, code_of(scene)) == scene.ref(1)


def test_no_code_serves_before_its_email_is_out(scene):
    scene.submit(submission(key=KEY))

    with pytest.raises(CodeRefused):
        attempt(scene, code_of(scene))


def test_a_code_belongs_to_the_form_that_asked_for_it(mailed, mails, clock):
    clock.forward(hours=1)
    mailed.submit(submission(key="another-key-of-mine", name="Aram", email="aram@rivers.example"))
    mails.deliver()

    with pytest.raises(CodeRefused):
        attempt(mailed, code_of(mailed, 2))
    with pytest.raises(CodeRefused):
        attempt(mailed, code_of(mailed, 2), key="nobody-sent-this-key")
    with pytest.raises(CodeRefused):
        attempt(mailed, code_of(mailed, 2), key="another-key-of-mine", statement_id=mailed.publish("air").statement.id)
    assert attempt(mailed, code_of(mailed, 2), key="another-key-of-mine") == mailed.ref(2)


def work_for(scene: Scene, email: str) -> tuple[list[str], str]:
    """What a wrong code makes the database do for an address that has just signed, and the words of the refusal."""
    key = f"key-of-{email.partition('@')[0]}".ljust(20, "-")
    scene.submit(submission(key=key, email=email))
    spy = SpyStore(scene.db)
    with pytest.raises(CodeRefused) as refused:
        attempt(scene, "00000000", key=key, db=spy)
    return spy.said, str(refused.value)


def test_every_address_makes_the_same_work_and_the_same_refusal(scene, mails, clock):
    works = []
    for email in every_kind_of_address(scene):
        works.append(work_for(scene, email))
        clock.forward(hours=1)
        mails.deliver()
        works.append(work_for(scene, email.upper()))

    assert len({(tuple(said), words) for said, words in works}) == 1
    assert len(works[0][0]) == 3  # begin, count, look


def test_a_try_that_looks_before_it_counts_is_caught_by_the_same_check(scene):
    """The twin: most would look whether there is anything to confirm, and write only then."""

    def naive(email: str) -> list[str]:
        key = scene.context.keys.key(email)
        spy = SpyStore(scene.db)
        with spy.read() as tx:
            known = tx.rows(
                "SELECT id FROM signatures WHERE email_key = :key AND confirmed_at IS NOT NULL", {"key": key}
            )
        if not known:
            with spy.write() as tx:
                tx.run("UPDATE submissions SET code_tries = code_tries + 1 WHERE key = 'k'", {})
        return spy.said

    assert len({tuple(naive(email)) for email in every_kind_of_address(scene)}) == 2
