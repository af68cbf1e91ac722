"""Whoever acts is written down, by every verb that is told who acts; and the desk has words for all of it."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping

from server.mail.emails import EMAIL_KINDS
from server.text import translations
from server.web.admin.journal import JOURNAL_VERBS
from tests.rules.sources import modules
from tests.rules.test_retries import decorators, functions

ACTIONS = "server.actions."
VERB = re.compile(r"(admin|chore|export|founding|journal|partner|signature|statement|token)\.[a-z-]+")


def verbs() -> dict[str, str]:
    return {name: source for name, source in modules().items() if name.startswith(ACTIONS)}


def takes_actor(function: ast.FunctionDef) -> bool:
    arguments = function.args
    return "actor" in {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def calls(function: ast.FunctionDef) -> Iterator[str]:
    """The names that a function calls: ``record``, or ``journal.write`` with its module."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        elif isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def imported_verbs(source: str) -> dict[str, str]:
    """Where the functions stand that a module takes from other verbs' modules."""
    return {
        alias.asname or alias.name: node.module or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(ACTIONS)
        for alias in node.names
    }


def writes_journal(sources: Mapping[str, str], module: str, name: str, seen: frozenset[tuple[str, str]]) -> bool:
    """Whether a function writes the journal, or calls one of these modules that does."""
    if (module, name) in seen or module not in sources:
        return False
    here = {function.name: function for function in functions(sources[module])}
    elsewhere = imported_verbs(sources[module])
    if name not in here:
        return False
    called = set(calls(here[name]))
    return "journal.write" in called or any(
        writes_journal(sources, elsewhere.get(other, module), other, seen | {(module, name)}) for other in called
    )


def silent(sources: Mapping[str, str]) -> list[str]:
    """The verbs that are told who acts, and tell nobody."""
    return [
        f"{module}.{function.name}"
        for module, source in sources.items()
        for function in functions(source)
        if "retried" in decorators(function)
        and takes_actor(function)
        and not writes_journal(sources, module, function.name, frozenset())
    ]


def test_every_verb_that_knows_who_acts_writes_the_journal():
    assert silent(verbs()) == []
    assert sum(takes_actor(function) for source in verbs().values() for function in functions(source)) > 15


def test_a_verb_that_keeps_silent_is_seen():
    verb = "@retried\ndef {name}(db, *, actor):\n    {does}\n"
    sources = {
        "server.services.shared": "def record(tx):\n    journal.write(tx)\n",
        "server.services.hold": "from server.actions.linked import record\n"
        + verb.format(name="silent", does="log.write(actor)")
        + verb.format(name="around", does="around(db, actor=actor)")
        + verb.format(name="tells", does="journal.write(db)")
        + verb.format(name="by_another", does="_record(db)")
        + "def _record(tx):\n    record(tx)\n"
        + "@retried\ndef nobody_acts(db):\n    pass\n",
    }

    assert silent(sources) == ["server.actions.hold.silent", "server.actions.hold.around"]


def verbs_in(sources: Mapping[str, str]) -> set[str]:
    """What the verbs call themselves in the journal; of a signature's ``record`` is told the second word alone."""
    nodes = [node for source in sources.values() for node in ast.walk(ast.parse(source))]
    words = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    told = {
        verb.value
        for node in nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("record", "_record")
        for verb in node.args[1:2]
        if isinstance(verb, ast.Constant) and isinstance(verb.value, str)
    }
    return {word for word in words | {f"signature.{word}" for word in told} if VERB.fullmatch(word)}


def wordless(codes: Collection[str], beginning: str) -> list[str]:
    """What is not told in words at the desk, in each of its languages."""
    return [
        f"{locale}: {code}"
        for locale in translations.SECTIONS["desk"]
        for code in codes
        if translations.find_text(locale, beginning + code) is None
    ]


def test_the_desk_has_words_for_whatever_stands_in_the_journal():
    assert verbs_in(verbs()) - set(JOURNAL_VERBS) == set()
    assert wordless(JOURNAL_VERBS, "desk.verb.") == []


def test_the_desk_has_words_for_every_email():
    assert wordless(EMAIL_KINDS, "desk.emails.kind.") == []


def test_what_has_no_words_is_seen():
    source = {
        "server.services.melt": 'journal.write(tx, "statement.melt", actor="x")\ntext("page.sent")',
        "server.services.thaw": '_record(tx, "thaw", signature, "thawed")\n_record(tx, "admin.add", name)',
    }

    assert verbs_in(source) - set(JOURNAL_VERBS) == {"statement.melt", "signature.thaw"}
    assert wordless(["signature.thaw", "signature.hold"], "desk.verb.") == ["en: signature.thaw", "fr: signature.thaw"]
