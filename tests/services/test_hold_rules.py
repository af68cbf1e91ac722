"""What rules and chores do stands in the journal like what admins do, under their own names."""

from server.services.moderation import approve_signature
from server.services.scheduled import prune_expired, queue_reminders, queue_results
from server.services.signers import change_signature
from server.services.statements import close_statement
from tests.scene import CONSENT, UNPROVED


def told(scene) -> list[tuple[str, str, str]]:
    """What was done by rules and chores, and about what."""
    rows = scene.rows("SELECT actor, verb, subject FROM journal WHERE actor NOT IN ('test', 'signer') ORDER BY id")
    return [(row["actor"], row["verb"], row["subject"]) for row in rows]


def test_what_nothing_holds_is_not_told(scene):
    scene.signed()

    assert told(scene) == []


def test_a_rule_that_holds_a_signature_says_which_it_is(scene):
    signature_id = scene.signed(**UNPROVED)

    assert told(scene) == [("rule:unproved-domain", "signature.hold", f"signature:{signature_id}")]
    [row] = scene.rows("SELECT before, after FROM journal_details ORDER BY journal_id DESC LIMIT 1")
    assert (row["before"], row["after"]) == ('"pending"', '"held"')


def test_a_line_that_was_changed_is_held_by_a_rule_of_its_own(scene):
    scene = scene.publish("watched", 'moderation = "all"')
    signature_id = scene.signed()
    approve_signature(scene.db, "watched", signature_id, seen=None, actor="test", reason=None, now=scene.clock())
    change_signature(scene.db, scene.ref(signature_id), {"name": "Anahit"}, consent=CONSENT, now=scene.clock())

    assert [actor for actor, *_ in told(scene)] == ["rule:all", "rule:amended"]


def test_names_that_are_released_are_told_once(scene):
    scene = scene.publish("shy", "names_from = 2")
    for number in range(3):
        scene.signed(name=f"Signer {number}", email=f"signer{number}@rivers.example")

    assert told(scene) == [("rule:names-from", "statement.release-names", "statement:shy")]


def test_reminders_and_what_was_pruned_are_told_and_an_idle_hour_is_not(scene, clock, mails):
    scene.sign()
    mails.deliver()
    clock.forward(days=3)
    for _ in range(2):
        queue_reminders(scene.db, after_s=3600, now=clock())
    mails.deliver()
    clock.forward(days=15)
    for _ in range(2):
        prune_expired(scene.db, now=clock())

    assert told(scene) == [
        ("chore:remind", "statement.remind", f"statement:{scene.statement.slug}"),
        ("chore:prune", "chore.prune", "server"),
    ]


def test_a_result_that_is_mailed_is_told_once(scene, clock):
    scene.signed(newsletter=True)
    close_statement(scene.db, scene.statement.slug, actor="test", now=clock())
    clock.forward(days=3)
    for _ in range(2):
        queue_results(scene.db, now=clock())

    assert told(scene) == [("chore:conclude", "statement.conclude", f"statement:{scene.statement.slug}")]
