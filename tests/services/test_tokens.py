"""Access: what a bearer token opens, for how long, and how little a wrong one learns."""

import pytest

from server.db import Conflict
from server.errors import NotFound, TokenRefused
from server.services.tokens import add_token, check_token, revoke_token, revoke_token_of
from tests.databases import databases
from tests.scene import Scene


def make(scene: Scene, name: str = "dump", **values) -> str:
    given = {"scopes": ["export"], "slug": None, "expires_at": None, **values}
    return add_token(scene.db, name, **given, actor="kate", now=scene.clock())


def opens(scene: Scene, secret: str, slug: str = "open-rivers", scope: str = "export") -> str | None:
    try:
        return check_token(scene.db, secret, scope, slug, now=scene.clock())
    except TokenRefused:
        return None


def test_a_token_opens_its_door_and_tells_whose_it_is(scene):
    assert opens(scene, make(scene, "archive")) == "archive"


def test_a_use_is_remembered_and_a_refusal_is_not(scene, clock):
    secret = make(scene)
    opens(scene, secret, scope="other")
    assert scene.rows("SELECT used_at FROM tokens") == [{"used_at": None}]

    clock.forward(hours=1)
    opens(scene, secret)

    assert scene.rows("SELECT used_at FROM tokens") == [{"used_at": clock()}]


@pytest.mark.parametrize(
    ("scopes", "open_"),
    [(["export"], True), (["other", "export"], True), (["other"], False), ([], False), (["exports"], False)],
)
def test_a_token_opens_only_the_doors_of_its_scopes(scene, scopes, open_):
    assert (opens(scene, make(scene, scopes=scopes)) is not None) is open_


def test_a_token_of_one_statement_opens_no_other(scene):
    scene.publish("clean-air")
    bound, free = make(scene, "bound", slug="clean-air"), make(scene, "free")

    assert [opens(scene, bound, slug) for slug in ("clean-air", "open-rivers")] == ["bound", None]
    assert [opens(scene, free, slug) for slug in ("clean-air", "open-rivers")] == ["free", "free"]


def test_a_token_ends_at_its_hour(scene, clock):
    secret = make(scene, expires_at=clock() + 3600)

    clock.forward(seconds=3599)
    assert opens(scene, secret)
    clock.forward(seconds=1)
    assert opens(scene, secret) is None


def test_a_revoked_token_opens_nothing_and_is_revoked_once(scene):
    secret = make(scene)

    assert revoke_token(scene.db, "dump", actor="kate", now=scene.clock())
    assert not revoke_token(scene.db, "dump", actor="kate", now=scene.clock())
    assert not revoke_token(scene.db, "nobody", actor="kate", now=scene.clock())

    assert opens(scene, secret) is None
    assert [entry[:2] for entry in scene.journal()[-2:]] == [
        ("token.add", "token:dump"),
        ("token.revoke", "token:dump"),
    ]


@pytest.mark.parametrize("slug", ["open-rivers", None])
def test_whoever_may_read_that_a_token_was_made_may_read_that_it_was_revoked(scene, slug):
    make(scene, slug=slug)
    revoke_token(scene.db, "dump", actor="cli", now=scene.clock())

    told = scene.rows("SELECT verb, statement_id FROM journal WHERE subject = 'token:dump' ORDER BY id")
    here = scene.statement.id if slug else None
    assert told == [
        {"verb": "token.add", "statement_id": here},
        {"verb": "token.revoke", "statement_id": here},
    ]


def test_every_refusal_sounds_the_same(scene, clock):
    known = make(scene)
    bound = make(scene, "bound", slug=scene.publish("clean-air").statement.slug)
    old = make(scene, "old", expires_at=clock())
    tries = [
        (known, "nowhere"),
        ("us_wrong", "open-rivers"),
        ("", "open-rivers"),
        (bound, "open-rivers"),
        (old, "open-rivers"),
    ]
    said = set()
    for secret, slug in tries:
        with pytest.raises(TokenRefused) as refusal:
            check_token(scene.db, secret, "export", slug, now=clock())
        said.add((str(refusal.value), refusal.value.code, refusal.value.status))

    assert len(said) == 1


def test_only_a_hash_of_the_secret_is_stored(scene, tmp_path):
    secret = make(scene, "findable-name")

    kept = databases.all_bytes(tmp_path)
    assert b"findable-name" in kept
    assert secret.encode() not in kept
    assert secret.removeprefix("us_").encode() not in kept
    assert len(secret) >= 43


def test_secrets_differ(scene):
    assert make(scene, "one") != make(scene, "two")


def test_a_name_is_given_once_even_after_it_was_revoked(scene):
    make(scene)
    revoke_token(scene.db, "dump", actor="kate", now=scene.clock())

    with pytest.raises(Conflict):
        make(scene)


def test_a_token_for_an_unknown_statement_is_not_made(scene):
    with pytest.raises(NotFound):
        make(scene, slug="nowhere")

    assert scene.rows("SELECT * FROM tokens") == []


def test_a_token_of_a_statement_is_revoked_by_its_number_and_no_other_is(scene):
    scene.publish("clean-air")
    mine, theirs, everywhere = (
        make(scene, "mine", slug="open-rivers"),
        make(scene, "theirs", slug="clean-air"),
        make(scene),
    )
    options = {"actor": "olga", "now": scene.clock()}

    assert [revoke_token_of(scene.db, "open-rivers", 1, **options) for _ in range(2)] == [True, False]
    for token_id in (2, 3, 99):
        with pytest.raises(NotFound):
            revoke_token_of(scene.db, "open-rivers", token_id, **options)

    assert opens(scene, mine) is None
    assert (opens(scene, theirs, slug="clean-air"), opens(scene, everywhere)) == ("theirs", "dump")
    revoked = scene.rows("SELECT actor, subject, statement_id FROM journal WHERE verb = 'token.revoke'")
    assert revoked == [{"actor": "olga", "subject": "token:mine", "statement_id": scene.statement.id}]
