"""The random lists of these tests are the same after each edit."""

import pytest
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants


@pytest.fixture(autouse=True, scope="session")
def no_examples_from_our_source():
    """Hypothesis also draws words that it finds in our source; so any edit would change the lists of all tests."""
    patch = pytest.MonkeyPatch()
    patch.setattr(providers, "_get_local_constants", Constants)
    providers.CONSTANTS_CACHE.cache.clear()
    yield
    patch.undo()
