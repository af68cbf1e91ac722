"""Every service that knows who acts writes the journal, and the desk has words for each entry."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping

from server.mail.email_kinds import EMAIL_KINDS
from server.text import translations
from server.web.admin.journal import JOURNAL_VERBS
from tests.rules.sources import modules
from tests.rules.test_retries import decorators, functions

SERVICES = ("server.services.", "server.exports")
SIGNATURE_RECORDERS = ("record_signer_action", "_record_decision")  # they put "signature." in front of the verb
VERB = re.compile(r"(admin|chore|export|founding|journal|outbox|partner|signature|statement|token)\.[a-z-]+")


def services() -> dict[str, str]:
    return {name: source for name, source in modules().items() if name.startswith(SERVICES)}


def takes_actor(function: ast.FunctionDef) -> bool:
    arguments = function.args
    return "actor" in {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def calls(function: ast.FunctionDef) -> Iterator[str]:
    """The names that a function calls: ``queue_email``, or ``Act(tx, actor, now).journal`` with all before it."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        elif isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def imported_services(source: str) -> dict[str, str]:
    """The modules of the functions that a module imports from other services."""
    return {
        alias.asname or alias.name: node.module or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(SERVICES)
        for alias in node.names
    }


def writes_journal(sources: Mapping[str, str], module: str, name: str, seen: frozenset[tuple[str, str]]) -> bool:
    """Whether a function writes the journal, or calls one of these modules that does."""
    if (module, name) in seen or module not in sources:
        return False
    here = {function.name: function for function in functions(sources[module])}
    elsewhere = imported_services(sources[module])
    if name not in here:
        return False
    called = set(calls(here[name]))
    return any(call.endswith(".journal") for call in called) or any(
        writes_journal(sources, elsewhere.get(other, module), other, seen | {(module, name)}) for other in called
    )


def silent(sources: Mapping[str, str]) -> list[str]:
    """The services that know who acts and write no journal."""
    return [
        f"{module}.{function.name}"
        for module, source in sources.items()
        for function in functions(source)
        if "retried" in decorators(function)
        and takes_actor(function)
        and not writes_journal(sources, module, function.name, frozenset())
    ]


def test_every_service_that_knows_who_acts_writes_the_journal():
    assert silent(services()) == []
    assert sum(takes_actor(function) for source in services().values() for function in functions(source)) > 15


def test_a_service_that_writes_no_journal_is_found():
    service = "@retried\ndef {name}(db, *, actor):\n    {does}\n"
    sources = {
        "server.services.shared": "def record(tx):\n    Act(tx, 'a', 1).journal()\n",
        "server.services.hold": "from server.services.shared import record\n"
        + service.format(name="silent", does="log.write(actor)")
        + service.format(name="around", does="around(db, actor=actor)")
        + service.format(name="tells", does="Act(db, actor, 1).journal()")
        + service.format(name="by_another", does="_record(db)")
        + "def _record(tx):\n    record(tx)\n"
        + "@retried\ndef nobody_acts(db):\n    pass\n",
    }

    assert silent(sources) == ["server.services.hold.silent", "server.services.hold.around"]


def verbs_in(sources: Mapping[str, str]) -> set[str]:
    """The verbs that services write into the journal; SIGNATURE_RECORDERS take the part after the dot alone."""
    nodes = [node for source in sources.values() for node in ast.walk(ast.parse(source))]
    words = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    short = {
        verb.value
        for node in nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func) in SIGNATURE_RECORDERS
        for verb in node.args[1:2]
        if isinstance(verb, ast.Constant) and isinstance(verb.value, str)
    }
    return {word for word in words | {f"signature.{word}" for word in short} if VERB.fullmatch(word)}


def wordless(codes: Collection[str], beginning: str) -> list[str]:
    """What the desk has no words for, in each of its languages."""
    return [
        f"{locale}: {code}"
        for locale in translations.SECTIONS["desk"]
        for code in codes
        if translations.find_text(locale, beginning + code) is None
    ]


def test_the_desk_has_words_for_every_journal_entry():
    assert verbs_in(services()) - set(JOURNAL_VERBS) == set()
    assert wordless(JOURNAL_VERBS, "desk.verb.") == []


def test_the_desk_has_words_for_every_email():
    assert wordless(EMAIL_KINDS, "desk.emails.kind.") == []


def test_what_has_no_words_is_found():
    source = {
        "server.services.melt": 'journal.write(tx, "statement.melt", actor="x")\ntext("page.sent")',
        "server.services.thaw": '_record_decision(tx, "thaw", signature, "thawed")\n_record(tx, "admin.add", name)',
    }

    assert verbs_in(source) - set(JOURNAL_VERBS) == {"statement.melt", "signature.thaw"}
    assert wordless(["signature.thaw", "signature.hold"], "desk.verb.") == ["en: signature.thaw", "fr: signature.thaw"]
