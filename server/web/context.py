"""What the views work with: the settings, the store, and what was made from the three secrets."""

from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.util import Finalize

from flask import Flask, current_app

from server.addresses import AddressKeys
from server.chores import Chores
from server.codes import Codes
from server.config import Settings
from server.links import Links
from server.mail.delivery import Postbox
from server.sealing import Sealer
from server.storage import Store, open_store
from server.web.answers import Answers
from server.web.cursors import Cursors
from server.web.latest import Latest

EXTENSION = "undersigned"
_CHORES = "undersigned-chores"
FIRST_AT_EXIT = 10


@dataclass(frozen=True)
class Services:
    """One set for each app; ``clock`` gives epoch seconds."""

    settings: Settings
    db: Store
    links: Links
    codes: Codes
    cursors: Cursors
    keys: AddressKeys
    sealer: Sealer
    clock: Callable[[], int]
    answers: Answers = field(default_factory=Answers, repr=False)
    latest: Latest = field(default_factory=Latest, repr=False)

    @property
    def postbox(self) -> Postbox:
        """What the delivery of this instance's emails works with."""
        budget, sender = self.settings.mail_budget, self.settings.mail_from
        return Postbox(self.db, self.links, self.codes, self.keys, self.sealer, budget, sender)


def make_services(settings: Settings, *, clock: Callable[[], int]) -> Services:
    """Return the services that these settings ask for; opens nothing yet."""
    return Services(
        settings=settings,
        db=open_store(settings.database),
        links=Links(settings.secret_keys, settings.base_url),
        codes=Codes(settings.secret_keys),
        cursors=Cursors(settings.secret_keys),
        keys=AddressKeys(settings.pepper),
        sealer=Sealer(settings.data_keys),
        clock=clock,
    )


def keep_services(app: Flask, services: Services) -> None:
    """Let the views of this app find their services."""
    app.extensions[EXTENSION] = services


def services() -> Services:
    """Return the services of the app that answers this request."""
    found: Services = current_app.extensions[EXTENSION]
    return found


def start_chores(app: Flask) -> Chores:
    """Start the chores of this process; call it in the process that serves, after any fork. They stop with it."""
    here: Services = app.extensions[EXTENSION]
    settings = here.settings
    chores = Chores(
        here.postbox,
        settings.mail_url,
        clock=here.clock,
        delivers=settings.deliver_in_thread,
        remind_after_s=settings.remind_after_s,
    )
    chores.start()
    Finalize(None, chores.stop, exitpriority=FIRST_AT_EXIT)
    app.extensions[_CHORES] = chores
    return chores


def find_chores() -> Chores | None:
    """Return the chores that were started in this process, or None."""
    found: Chores | None = current_app.extensions.get(_CHORES)
    return found
