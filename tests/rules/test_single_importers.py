"""A module that only one other module imports has a reason to be a module of its own.

``python -m tests.rules.test_single_importers`` prints the list.
"""

from collections.abc import Mapping

from tests.rules.sources import modules
from tests.rules.test_layers import imported

LOADERS = {
    "server": "a blueprint that create_app registers",
    "server.web.admin": "a page of the desk's menu",
    "server.cli": "a group of commands",
    "server.db.engines": "an engine that the address chooses",
}
WHY = {
    "server.db.rate_limits": "a part of the package db: the storages that the limiter chooses from",
    "server.db.postgres": "an engine that the address chooses; what is beside it here are its backups",
    "server.services.erasures": "a service like the others: what the files of erasures say; backups decide when",
    "server.services.mail_domains": "a service like the others; the limit itself is kept by delivery",
    "server.mail.email_kinds": "when each kind of email is wanted; delivery decides about addresses and mail servers",
    "server.tables.probes": "a table of its own, like the others",
    "server.text.signatory_list.blocks": "a shape of lists, one of several that the reader chooses from",
    "server.text.signatory_list.tables": "a shape of lists, one of several that the reader chooses from",
    "server.text.signatory_list.delimited": "a form in which lists come, one of several that the reader chooses from",
    "server.text.signatory_list.markup": "a form in which lists come, one of several that the reader chooses from",
    "server.text.signatory_list.spaced": "a form in which lists come, one of several that the reader chooses from",
    "server.web.admin.founding_changes": "what the buttons of the check page do, apart from the sheet and from HTTP",
    "server.text.typos": "a table of slips and neighbours, kept apart from the addresses themselves",
    "server.web.overload": "what is said to refused requests, apart from the queue that refuses them",
    "server.worker": "a layer of its own: the thread knows services and mail, and nothing of Flask",
}


def single_importers(sources: Mapping[str, str]) -> dict[str, str]:
    """The modules that exactly one other imports, each with its importer; packages do not count."""
    importers: dict[str, set[str]] = {name: set() for name in sources}
    for name, source in sources.items():
        for target in imported(source, sources):
            if target in importers and target != name:
                importers[target].add(name)
    packages = {name.rpartition(".")[0] for name in sources}
    return {name: next(iter(by)) for name, by in importers.items() if len(by) == 1 and name not in packages}


def unexplained(sources: Mapping[str, str]) -> list[str]:
    return [name for name, by in single_importers(sources).items() if by not in LOADERS and name not in WHY]


def test_every_module_with_one_importer_is_explained():
    assert unexplained(modules()) == []
    assert WHY.keys() <= single_importers(modules()).keys()


def test_a_module_that_only_one_other_needs_is_found():
    bad = {
        "server": "from server.web import page",
        "server.web.page": "from server.text.words import words",
        "server.text.words": "from server.text import lines",
        "server.text.lines": "",
        "server.web.other": "from server.text import lines",
    }

    assert unexplained(bad) == ["server.text.words"]


if __name__ == "__main__":
    for module, importer in single_importers(modules()).items():
        print(f"{module} <- {importer}: {WHY.get(module) or LOADERS[importer]}")
