"""What tests of changed texts share: the verbs as an admin would use them, and who is asked."""

from server.services.texts import Revised, publish_revision
from server.tables import texts
from server.text.statement_file import Wording, read_statement_form
from server.web.admin.texts import text_values
from tests.scene import Scene

REASON = "The river has a name."


def reworded(scene: Scene, body: str, *, locale: str = "en") -> Wording:
    """The text as it stands, with another body."""
    with scene.db.read() as tx:
        values = text_values(texts.get_latest(tx, scene.statement.id, locale))
    return read_statement_form({"slug": scene.statement.slug, "locale": locale, **values, "body": body})


def revise(scene: Scene, change, body: str, locale: str, reason: str, was: str | None) -> Revised:
    slug, wording = scene.statement.slug, reworded(scene, body, locale=locale)
    how = {"change": change, "reason": reason, "was": was, "actor": "kate", "now": scene.clock()}
    return publish_revision(scene.db, slug, locale, wording, **how)


def mend(scene: Scene, body: str, *, locale: str = "en", reason: str = REASON, was: str | None = None) -> Revised:
    return revise(scene, "typo", body, locale, reason, was)


def rewrite(scene: Scene, body: str, *, locale: str = "en", reason: str = REASON, was: str | None = None) -> Revised:
    return revise(scene, "substance", body, locale, reason, was)


def asked(scene: Scene) -> list[int]:
    """The signatures that the question was put for, in the order of the outbox."""
    return [row["signature_id"] for row in scene.emails() if row["kind"] == "changed"]


def versions_signed(scene: Scene) -> list[int]:
    """The version under which each signature stands, in the order of signing."""
    rows = scene.rows(
        "SELECT statement_texts.version FROM signatures JOIN statement_texts ON statement_texts.id = text_id"
        " ORDER BY signatures.id"
    )
    return [row["version"] for row in rows]
