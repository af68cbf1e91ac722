"""Every service that erases personal data records it, so that restoring an older backup erases it again."""

from collections.abc import Mapping

from tests.rules.sources import modules
from tests.rules.test_journalled import calls
from tests.rules.test_retries import functions

# What erases data of a signature for good.
ERASING = {
    *("signatures.erase", "signatures.anonymise", "signatures.withdraw", "signatures.remove"),
    *("signatures.delete_unconfirmed", "signatures.delete_never_confirmed", "signatures.end_subscription"),
    *("signatures.clear_newsletter_flag",),
}
# Each with the reason why it records nothing itself.
EXCEPTIONS = {
    "server.services.signers.end_subscription": "unsubscribe_signer records it",
    "server.services.erasures._erase_again": "the records are what it reads; _reapply_some adds them",
}


def silent(sources: Mapping[str, str]) -> list[str]:
    """The services that erase and record nothing."""
    return [
        f"{module}.{function.name}"
        for module, source in sources.items()
        if module.startswith("server.services.")
        for function in functions(source)
        if ERASING & set(calls(function)) and "erasures.add" not in set(calls(function))
    ]


def test_every_service_that_erases_records_it():
    assert set(silent(modules())) == EXCEPTIONS.keys()


def test_a_service_that_erases_and_records_nothing_is_found():
    bad = {
        "server.services.one": "def forget(tx):\n    signatures.erase(tx, 1)\n",
        "server.services.two": "def forget(tx):\n    signatures.erase(tx, 1)\n    erasures.add(tx, 1)\n",
    }

    assert silent(bad) == ["server.services.one.forget"]


def test_what_is_erased_by_age_is_erased_when_a_backup_is_restored():
    found = functions(modules()["server.services.backups"])
    [restore] = [function for function in found if function.name == "restore_backup"]

    assert set(calls(restore)) >= {"prune_expired", "anonymise_signatures"}
