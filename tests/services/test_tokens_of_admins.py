"""Tokens that an admin made: none outlives what its maker may do, and the journal names each that ends."""

from collections.abc import Callable

import pytest

from server.errors import NotFound, TokenRefused
from server.services import accounts
from server.services.tokens import add_token, check_token
from server.tables import admins, statements
from server.tables.admins import EVERYWHERE, Role
from tests.scene import look, run
from tests.web.scene import add_statement

RIVERS, LAKES = "open-rivers", "clean-lakes"


PAST_THE_VERBS = {
    "disabled": "UPDATE admins SET disabled_at = 1 WHERE name = 'olga'",
    "invited": "UPDATE admins SET invited_until = 1 WHERE name = 'olga'",
    "another role": "UPDATE roles SET role = 'moderator' WHERE admin_id = (SELECT id FROM admins WHERE name = 'olga')",
    "no role": "DELETE FROM roles WHERE admin_id = (SELECT id FROM admins WHERE name = 'olga')",
}
"""What became of admins before their tokens knew them: nothing was revoked with it."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch) -> None:
    """No test here is about how slowly a password is hashed."""
    monkeypatch.setattr("server.crypto.passwords.hash_password", lambda password: f"hash of {password}")


@pytest.fixture
def add_owner(db, statement, clock) -> Callable[..., int]:
    """Make an account that is set up, with roles by slug (None: on the whole server)."""
    add_statement(db, LAKES, clock())

    def add_owner(name: str, held: dict[str | None, Role]) -> int:
        with db.write() as tx:
            admin_id = admins.add(tx, name, password_hash="x", sealed_totp=b"x", invited_until=1, now=clock())
            admins.enrol(tx, admin_id, password_hash="own", recovery_hashes=[])
            for slug, role in held.items():
                admins.give_role(tx, admin_id, statements.get(tx, slug).id if slug else EVERYWHERE, role)
        return admin_id

    add_owner("sona", {None: "owner"})
    return add_owner


@pytest.fixture
def make(db, clock):
    def make(slug: str | None, made_by: int | None) -> str:
        given = {"scopes": ["export"], "slug": slug, "expires_at": None, "actor": "test", "now": clock()}
        return add_token(db, f"{slug} of {made_by}", made_by=made_by, **given)

    return make


def opens(db, secret: str, slug: str, clock) -> bool:
    try:
        return bool(check_token(db, secret, "export", slug, now=clock()))
    except TokenRefused:
        return False


@pytest.fixture
def ways_out(db, context, clock) -> dict[str, Callable[[], object]]:
    """How an owner of both statements loses what they may do under the first, or everywhere."""
    told = {"actor": "admin:sona", "now": clock()}
    return {
        "disabled": lambda: accounts.disable_admin(db, "olga", **told),
        "reset": lambda: accounts.reset_admin(db, "olga", sealer=context.sealer, **told),
        "no role": lambda: accounts.set_role(db, "olga", None, slug=RIVERS, **told),
        "another role": lambda: accounts.set_role(db, "olga", "moderator", slug=RIVERS, **told),
    }


@pytest.mark.parametrize(
    ("way", "lost"),
    [
        *(("disabled", [RIVERS, LAKES]), ("reset", [RIVERS, LAKES])),
        *(("no role", [RIVERS]), ("another role", [RIVERS])),
    ],
)
def test_what_an_owner_made_ends_where_they_own_nothing_any_more(db, add_owner, make, ways_out, clock, way, lost):
    olga, aram = (add_owner(name, {RIVERS: "owner", LAKES: "owner"}) for name in ("olga", "aram"))
    hers = {slug: make(slug, olga) for slug in (RIVERS, LAKES)}
    others = [make(RIVERS, aram), make(RIVERS, None)]

    ways_out[way]()

    assert [slug for slug, secret in hers.items() if not opens(db, secret, slug, clock)] == lost
    assert all(opens(db, secret, RIVERS, clock) for secret in others)
    told = look(
        db,
        "SELECT actor, subject, slug FROM journal JOIN statements ON statements.id = statement_id"
        " WHERE verb = 'token.revoke' ORDER BY journal.id",
    )
    assert told == [{"actor": "admin:sona", "subject": f"token:{slug} of {olga}", "slug": slug} for slug in lost]


def test_without_a_maker_it_would_go_on(db, add_owner, make, ways_out, clock):
    """The twin: what was there before tokens knew who made them."""
    add_owner("olga", {RIVERS: "owner"})
    secret = make(RIVERS, None)

    ways_out["disabled"]()

    assert opens(db, secret, RIVERS, clock)


def test_an_account_that_is_let_in_again_finds_its_tokens_revoked(db, add_owner, make, ways_out, clock):
    secret = make(RIVERS, add_owner("olga", {RIVERS: "owner"}))
    ways_out["disabled"]()

    accounts.enable_admin(db, "olga", actor="admin:sona", now=clock())

    assert not opens(db, secret, RIVERS, clock)


@pytest.mark.parametrize("lost", [RIVERS, None])
def test_who_owns_a_statement_twice_keeps_its_tokens_with_either(db, add_owner, make, clock, lost):
    """By a role there and by one on the whole server."""
    secret = make(RIVERS, add_owner("olga", {RIVERS: "owner", None: "owner"}))
    kept = {RIVERS: None, None: RIVERS}[lost]

    accounts.set_role(db, "olga", None, slug=lost, actor="test", now=clock())
    assert opens(db, secret, RIVERS, clock)

    accounts.set_role(db, "olga", None, slug=kept, actor="test", now=clock())
    assert not opens(db, secret, RIVERS, clock)


@pytest.mark.parametrize("way", ["disabled", "reset", "no role", "another role"])
def test_who_has_lost_it_while_their_form_was_on_its_way_makes_none(db, add_owner, make, ways_out, way):
    olga = add_owner("olga", {RIVERS: "owner"})
    ways_out[way]()

    with pytest.raises(NotFound):
        make(RIVERS, olga)
    assert look(db, "SELECT id FROM tokens") == []


@pytest.mark.parametrize("way", PAST_THE_VERBS)
@pytest.mark.parametrize("of", [RIVERS, None])
def test_a_token_that_was_never_revoked_opens_no_more_than_its_maker_owns(db, add_owner, make, clock, way, of):
    secret, others = make(of, add_owner("olga", {of: "owner"})), make(of, None)
    run(db, PAST_THE_VERBS[way])
    before = look(db, "SELECT * FROM tokens"), look(db, "SELECT * FROM journal")

    with pytest.raises(TokenRefused) as lost:
        check_token(db, secret, "export", RIVERS, now=clock())
    with pytest.raises(TokenRefused) as unknown:
        check_token(db, "us_wrong", "export", RIVERS, now=clock())

    assert str(lost.value) == str(unknown.value)
    assert (look(db, "SELECT * FROM tokens"), look(db, "SELECT * FROM journal")) == before
    assert opens(db, others, RIVERS, clock)


@pytest.mark.parametrize("way", PAST_THE_VERBS)
def test_without_a_look_at_its_maker_it_would_open(db, add_owner, make, clock, monkeypatch, way):
    """The twin: whoever asks is told that nothing is lost."""
    secret = make(RIVERS, add_owner("olga", {RIVERS: "owner"}))
    run(db, PAST_THE_VERBS[way])
    monkeypatch.setattr("server.services.tokens._has_lost_owner", lambda tx, token: False)

    assert opens(db, secret, RIVERS, clock)


@pytest.mark.parametrize(
    ("way", "back"),
    [
        ("disabled", lambda db, **told: accounts.enable_admin(db, "olga", **told)),
        ("another role", lambda db, **told: accounts.set_role(db, "olga", "owner", slug=RIVERS, **told)),
        ("no role", lambda db, **told: accounts.set_role(db, "olga", "owner", slug=RIVERS, **told)),
    ],
)
def test_who_gets_back_what_they_had_lost_gets_no_token_back(db, add_owner, make, clock, way, back):
    secret = make(RIVERS, add_owner("olga", {RIVERS: "owner"}))
    run(db, PAST_THE_VERBS[way])

    assert back(db, actor="admin:sona", now=clock())

    assert not opens(db, secret, RIVERS, clock)
    assert look(db, "SELECT actor FROM journal WHERE verb = 'token.revoke'") == [{"actor": "admin:sona"}]
