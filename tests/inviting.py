"""People who signed elsewhere and are invited to confirm, for tests of services, delivery and desk."""

from server.services.invitations import Invited, Inviting, invite_signers
from server.services.scheduled import prune_expired
from server.tables import invitations
from server.tables.invitations import Progress
from server.text.signatory_list.parse import Entry
from tests.scene import Scene

SOURCE = "the form at rivers.example"
ANI = ("individual", "Ani Marlowe", "ani@hills.example")
ARAM = ("individual", "Aram Orme", "aram@hills.example")
CLUB = ("organisation", "Hill Club", "office@club.example")


def entries(*lines: tuple[str, str, str | None]) -> list[Entry]:
    return [
        Entry(number, kind, name, None, None, last_line=number, email=email)
        for number, (kind, name, email) in enumerate(lines, start=1)
    ]


def people(how_many: int, *, domain: str = "hills.example") -> list[tuple[str, str, str]]:
    return [("individual", f"Person {number}", f"person{number}@{domain}") for number in range(how_many)]


def invite(
    scene: Scene, *lines: tuple[str, str, str | None], per_hour: int = 200, locale: str | None = None
) -> Invited:
    inviting = Inviting(SOURCE, per_hour, scene.context.keys, scene.context.sealer, locale)
    return invite_signers(
        scene.db, scene.statement.slug, entries(*lines), inviting=inviting, actor="kate", now=scene.clock()
    )


def progress(scene: Scene) -> Progress:
    with scene.db.read() as tx:
        return invitations.get_progress(tx, scene.statement.id)


def prune(scene: Scene) -> None:
    prune_expired(scene.db, now=scene.clock())
