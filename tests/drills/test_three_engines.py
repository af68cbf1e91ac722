"""The rest of the matrix in three engines: policies, our other elements beside the form, languages, a slow network."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from server.text import translations
from server.text.translations import text
from tests.browsers.signing import STRICT, TYPED, Signing
from tests.browsers.visitor import PATIENCE_S, READ, Visitor
from tests.browsing import browsable
from tests.web.native import NATIVE
from tests.widget.conftest import MODES

pytestmark = [pytest.mark.drill, pytest.mark.browser]
POLICIES = {
    "no policy": "",
    "our host": f"default-src 'none'; script-src SERVER; connect-src SERVER; frame-src SERVER; {TYPED}",
    "nonce": "default-src 'none'; script-src 'nonce-of-this-page' 'strict-dynamic'; connect-src SERVER; "
    f"frame-src SERVER; style-src 'none'; {TYPED}",
}
LATENCY_S, BYTES_A_SECOND = 0.4, 50_000  # a phone at the edge of a village: 400 kbit/s
CHUNK = 1_000


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def signing(server, website, db, mails):
    return Signing(server, website, db, mails)


@pytest.fixture(autouse=True)
def _figures(request: pytest.FixtureRequest) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"{request.node.name}: {time.monotonic() - began:.1f} s")


@MODES
@pytest.mark.parametrize("policy", POLICIES)
def test_count_and_list_beside_the_form_show_the_new_name(visitor, signing, mode, policy):
    url = signing.put(mode, POLICIES[policy], more=("count", "signatories"))
    visitor.open(url)
    signing.sign(visitor, mode)
    signing.confirm(visitor)

    come_back(visitor, url, NATIVE["en"][1])
    assert visitor.errors() == []


def come_back(visitor: Visitor, url: str, name: str) -> None:
    """Open the page until this name is on the list: a browser may show for five seconds what it showed before."""
    either = f"(...words) => (said => words.find(word => said.includes(word)) ?? null)(({READ})())"
    until = time.monotonic() + PATIENCE_S
    visitor.open(url)
    while visitor.wait_until(either, name, text("en", "list.empty")) != name:
        assert time.monotonic() < until, visitor.read()
        visitor.open(url)


@MODES
@pytest.mark.parametrize("locale", translations.LOCALES)
def test_it_is_signed_in_every_language(visitor, signing, mode, locale):
    visitor.open(signing.put(mode, STRICT[mode], locale=locale))
    signing.sign(visitor, mode, locale=locale)
    signing.confirm(visitor, locale=locale)

    assert signing.confirmed() == [(NATIVE[locale][1], locale)]


@MODES
def test_it_is_signed_over_a_slow_network(visitor, signing, mode):
    visitor.open("about:blank")
    signing.server.app = slow(signing.server.app)
    visitor.open(signing.put(mode, STRICT[mode]))
    signing.sign(visitor, mode)
    signing.confirm(visitor)

    assert signing.confirmed() == [(NATIVE["en"][1], "en")]


def slow(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterator[bytes]]:
    """The same app behind a bad line: each answer begins late and comes in small pieces."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        time.sleep(LATENCY_S)
        body = app(environ, start_response)
        try:
            for part in body:
                for at in range(0, len(part), CHUNK):
                    time.sleep(CHUNK / BYTES_A_SECOND)
                    yield part[at : at + CHUNK]
        finally:
            if close := getattr(body, "close", None):
                close()

    return answer
