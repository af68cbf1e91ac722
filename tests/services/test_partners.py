"""Partners: added, changed and let go, each with its row in the journal, and only by who owns all that it touches."""

import json

import pytest

from server.errors import NotFound
from server.services.partners import (
    PartnerRevoked,
    PartnerSettings,
    PartnerShared,
    ShortNameTaken,
    add_partner,
    change_partner,
    create_report_link,
    end_report_link,
    remove_partner_from_statement,
    restore_partner,
    revoke_partner,
    set_newsletter_wording,
)
from server.tables import partners
from server.tables.partners import Partner
from tests.conftest import PARTNER
from tests.scene import RIVER_NEWS, Scene

WATCH = "river-watch"
OTHER = "https://watch.example"
OWN = PartnerSettings("Water Watch", frozenset({OTHER}), "fr", "dark")


@pytest.fixture
def air(scene) -> Scene:
    """Another statement, of another owner, with no partner yet."""
    return scene.publish("clean-air")


def add(scene: Scene, slug: str = WATCH, *origins: str, **how) -> None:
    add_partner(
        scene.db,
        scene.statement.slug,
        slug,
        name="Watch",
        origins=origins,
        actor="admin:kate",
        now=scene.clock(),
        **how,
    )


def change(scene: Scene, own: PartnerSettings = OWN, **how) -> bool:
    slug = scene.statement.slug
    return change_partner(scene.db, slug, WATCH, own, actor="admin:kate", now=scene.clock(), **how)


def known(scene: Scene) -> list[Partner]:
    with scene.db.read() as tx:
        return partners.list_live_of_statement(tx, scene.statement.id)


def watch(scene: Scene) -> Partner:
    with scene.db.read() as tx:
        return partners.get(tx, WATCH)


def newest(scene: Scene) -> dict[str, object]:
    """The newest row of the journal with its details."""
    row = scene.rows("""
        SELECT verb, actor, subject, statement_id, before, after
          FROM journal JOIN journal_details ON journal_id = id ORDER BY id DESC LIMIT 1
    """)[0]
    return row | {side: json.loads(row[side]) if row[side] else None for side in ("before", "after")}


def stamps(scene: Scene) -> list[int]:
    return [row["stamp"] for row in scene.rows("SELECT stamp FROM statements ORDER BY id")]


# adding


def test_a_partner_gets_its_origins_one_after_another_and_the_journal_says_which_are_new(air):
    for origins in (["https://a.example"], ["https://a.example", "https://b.example"], ["https://b.example"]):
        add(air, "watch", *origins)

    [partner] = known(air)
    told = air.rows(
        "SELECT after FROM journal_details JOIN journal ON id = journal_id WHERE verb = 'partner.add' ORDER BY id"
    )[1:]
    assert partner.origins == {"https://a.example", "https://b.example"}
    assert [json.loads(row["after"]) for row in told] == [
        {"statement": "clean-air", "origins": ["https://a.example"]},
        {"statement": "clean-air", "origins": ["https://b.example"]},
    ]


def test_a_partner_embeds_only_the_statements_that_it_was_joined_to(scene, air):
    assert known(air) == []

    add(air)

    assert [(one.slug, one.name, one.origins) for one in known(air)] == [(WATCH, "River Watch", {PARTNER})]
    assert newest(air)["statement_id"] == air.statement.id


def test_two_websites_do_not_become_one_partner_by_chance(air):
    add(air, "air-watch", "https://air.watch", meant=False)
    add(air, "air-watch", "https://air.watch", meant=False)
    with pytest.raises(ShortNameTaken, match=r"at https://air\.watch"):
        add(air, "air-watch", "https://air-watch.example", meant=False)
    assert known(air)[0].origins == {"https://air.watch"}

    add(air, "air-watch", "https://air-watch.example")
    assert len(known(air)[0].origins) == 2


def test_a_partner_of_no_statement_is_not_stored(scene):
    with pytest.raises(NotFound):
        add_partner(scene.db, "no-such", "watch", name="W", origins=[OTHER], actor="kate", now=scene.clock())

    assert len(scene.rows("SELECT * FROM partners")) == 1


@pytest.mark.parametrize("origin", [PARTNER, OTHER])
def test_somebody_elses_partner_is_joined_by_who_owns_all_that_it_embeds(scene, air, origin):
    """Or whoever joined it would lock its owner out of changing it."""
    with pytest.raises(PartnerShared):
        add(air, WATCH, origin, owned=[air.statement.id])

    assert known(air) == []
    add(air, WATCH, origin, owned=[scene.statement.id, air.statement.id])
    assert known(air)[0].origins == {PARTNER, origin}


def test_a_partner_that_embeds_nothing_is_nobodys(scene, air):
    """The next to come could give it a website of their own, and leave it to the one after."""
    remove_partner_from_statement(scene.db, scene.statement.slug, WATCH, actor="kate", now=scene.clock())

    with pytest.raises(PartnerShared):
        add(air, WATCH, OTHER, owned=[air.statement.id])
    add(air, WATCH, PARTNER)
    assert known(air)[0].origins == {PARTNER}


# changing


def test_name_origins_language_and_theme_are_changed_at_once_and_the_journal_says_what(scene):
    assert [change(scene), change(scene)] == [True, False]

    found = watch(scene)
    assert PartnerSettings(found.name, found.origins, found.locale, found.theme) == OWN
    assert newest(scene) == {
        "verb": "partner.change",
        "actor": "admin:kate",
        "subject": "partner:river-watch",
        "statement_id": scene.statement.id,
        "before": {"name": "River Watch", "origins": [PARTNER], "locale": None, "theme": None},
        "after": {"name": "Water Watch", "origins": [OTHER], "locale": "fr", "theme": "dark"},
    }


def test_the_journal_says_only_what_is_new(scene):
    change(scene, PartnerSettings("River Watch", frozenset({PARTNER, OTHER}), None, None))

    assert (newest(scene)["before"], newest(scene)["after"]) == ({"origins": []}, {"origins": [OTHER]})


def test_what_is_kept_of_every_statement_with_that_partner_is_asked_for_again(scene, air):
    scene.publish("somebody-elses")
    add(air)
    before = stamps(scene)

    change(scene)

    assert [new - old for new, old in zip(stamps(scene), before, strict=True)] == [1, 1, 0]


CHANGES = {
    "its values": lambda scene, owned: change(scene, owned=owned),
    "its news": lambda scene, owned: set_newsletter_wording(
        scene.db, scene.statement.slug, WATCH, "en", RIVER_NEWS, owned=owned, actor="kate", now=scene.clock()
    ),
    "its report": lambda scene, owned: create_report_link(
        scene.db, scene.statement.slug, WATCH, owned=owned, actor="kate", now=scene.clock()
    ),
    "the end of its report": lambda scene, owned: end_report_link(
        scene.db, scene.statement.slug, WATCH, owned=owned, actor="kate", now=scene.clock()
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_who_owns_one_of_two_statements_changes_nothing_that_is_the_partners_own(scene, air, what):
    add(air)
    create_report_link(scene.db, "open-rivers", WATCH, actor="kate", now=scene.clock())
    before = scene.rows("SELECT * FROM partners"), scene.rows("SELECT * FROM partner_origins"), scene.journal()

    for owned in ([], [scene.statement.id], [air.statement.id]):
        for here in (scene, air):
            with pytest.raises(PartnerShared):
                CHANGES[what](here, owned)

    after = scene.rows("SELECT * FROM partners"), scene.rows("SELECT * FROM partner_origins"), scene.journal()
    assert after == before


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("owner_of", ["both", "everything"])
def test_who_owns_both_statements_or_everything_does(scene, air, what, owner_of):
    """The twin: the same changes go through."""
    add(air)
    create_report_link(scene.db, "open-rivers", WATCH, actor="kate", now=scene.clock())

    assert CHANGES[what](air, [scene.statement.id, air.statement.id] if owner_of == "both" else None)
    assert newest(scene)["statement_id"] == air.statement.id


@pytest.mark.parametrize("what", CHANGES)
def test_through_a_statement_that_it_does_not_embed_a_partner_is_not_there(scene, air, what):
    with pytest.raises(NotFound):
        CHANGES[what](air, None)


# leaving


def test_who_leaves_a_statement_embeds_it_no_more_and_keeps_its_credit(scene, air):
    add(air)
    signature_id = scene.through_partner.signed()

    remove_partner_from_statement(scene.db, "open-rivers", WATCH, actor="admin:kate", now=scene.clock())

    assert (known(scene), len(known(air))) == ([], 1)
    assert scene.get(signature_id).partner_id == 1
    assert newest(scene)["verb"] == "partner.leave"
    with pytest.raises(NotFound):
        remove_partner_from_statement(scene.db, "open-rivers", WATCH, actor="admin:kate", now=scene.clock())


# revoking


def test_a_revoked_partner_embeds_nothing_until_that_is_undone(scene, air):
    add(air)
    args = {"actor": "admin:kate", "now": scene.clock()}
    assert [revoke_partner(scene.db, WATCH, **args) for _ in range(2)] == [True, False]

    assert known(scene) == known(air) == []
    assert newest(scene)["verb"] == "partner.revoke"
    assert newest(scene)["statement_id"] is None
    with pytest.raises(PartnerRevoked):
        add(air)

    assert [restore_partner(scene.db, WATCH, **args) for _ in range(2)] == [True, False]
    assert [one.slug for one in known(scene) + known(air)] == [WATCH, WATCH]


def test_nobody_is_not_revoked(scene):
    for verb in (revoke_partner, restore_partner):
        with pytest.raises(NotFound):
            verb(scene.db, "nobody", actor="kate", now=scene.clock())
