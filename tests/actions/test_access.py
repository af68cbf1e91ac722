"""Access: what a bearer token opens, for how long, and how little a wrong one learns."""

import pytest

from server.actions.access import add_token, check_token, revoke_token
from server.errors import NotFound, TokenRefused
from server.storage import Conflict
from tests.scene import Desk


def make(desk: Desk, name: str = "dump", **values) -> str:
    given = {"scopes": ["export"], "slug": None, "expires_at": None, **values}
    return add_token(desk.db, name, **given, actor="kate", now=desk.clock())


def opens(desk: Desk, secret: str, slug: str = "open-rivers", scope: str = "export") -> str | None:
    try:
        return check_token(desk.db, secret, scope, slug, now=desk.clock())
    except TokenRefused:
        return None


def test_a_token_opens_its_door_and_tells_whose_it_is(desk):
    assert opens(desk, make(desk, "archive")) == "archive"


def test_a_use_is_remembered_and_a_refusal_is_not(desk, clock):
    secret = make(desk)
    opens(desk, secret, scope="other")
    assert desk.rows("SELECT used_at FROM tokens") == [{"used_at": None}]

    clock.forward(hours=1)
    opens(desk, secret)

    assert desk.rows("SELECT used_at FROM tokens") == [{"used_at": clock()}]


@pytest.mark.parametrize(
    ("scopes", "open_"),
    [(["export"], True), (["other", "export"], True), (["other"], False), ([], False), (["exports"], False)],
)
def test_a_token_opens_only_the_doors_of_its_scopes(desk, scopes, open_):
    assert (opens(desk, make(desk, scopes=scopes)) is not None) is open_


def test_a_token_of_one_statement_opens_no_other(desk):
    desk.publish("clean-air")
    bound, free = make(desk, "bound", slug="clean-air"), make(desk, "free")

    assert [opens(desk, bound, slug) for slug in ("clean-air", "open-rivers")] == ["bound", None]
    assert [opens(desk, free, slug) for slug in ("clean-air", "open-rivers")] == ["free", "free"]


def test_a_token_ends_at_its_hour(desk, clock):
    secret = make(desk, expires_at=clock() + 3600)

    clock.forward(seconds=3599)
    assert opens(desk, secret)
    clock.forward(seconds=1)
    assert opens(desk, secret) is None


def test_a_revoked_token_opens_nothing_and_is_revoked_once(desk):
    secret = make(desk)

    assert revoke_token(desk.db, "dump", actor="kate", now=desk.clock())
    assert not revoke_token(desk.db, "dump", actor="kate", now=desk.clock())
    assert not revoke_token(desk.db, "nobody", actor="kate", now=desk.clock())

    assert opens(desk, secret) is None
    assert [entry[:2] for entry in desk.journal()[-2:]] == [("token.add", "token:dump"), ("token.revoke", "token:dump")]


def test_every_refusal_sounds_the_same(desk, clock):
    known = make(desk)
    bound = make(desk, "bound", slug=desk.publish("clean-air").statement.slug)
    old = make(desk, "old", expires_at=clock())
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
            check_token(desk.db, secret, "export", slug, now=clock())
        said.add((str(refusal.value), refusal.value.code, refusal.value.status))

    assert len(said) == 1


def test_only_a_hash_of_the_secret_is_stored(desk, tmp_path):
    secret = make(desk, "findable-name")

    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"findable-name" in on_disk
    assert secret.encode() not in on_disk
    assert secret.removeprefix("us_").encode() not in on_disk
    assert len(secret) >= 43


def test_secrets_differ(desk):
    assert make(desk, "one") != make(desk, "two")


def test_a_name_is_given_once_even_after_it_was_revoked(desk):
    make(desk)
    revoke_token(desk.db, "dump", actor="kate", now=desk.clock())

    with pytest.raises(Conflict):
        make(desk)


def test_a_token_for_an_unknown_statement_is_not_made(desk):
    with pytest.raises(NotFound):
        make(desk, slug="nowhere")

    assert desk.rows("SELECT * FROM tokens") == []
