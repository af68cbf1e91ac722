"""Public pages come compressed; a page with a secret in it never does, for its length would tell of it."""

import gzip

import brotli
import pytest

from server.web import caching
from tests.web.scene import PAGE, addresses, newest_link

UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress}
PUBLIC = [
    *("/", PAGE, f"{PAGE}/versions", f"{PAGE}/thanks", f"{PAGE}/sent", f"{PAGE}/links", f"{PAGE}/links/sent"),
    *("/handbook", "/handbook/partners"),
    *(f"{PAGE}/embed", "/gone", "/embed/open-rivers", "/embed/open-rivers/text"),
]


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("coding", UNPACK)
def test_a_public_page_comes_compressed(client, statement, path, coding):
    plain = client.get(path)
    answer = client.get(path, headers={"Accept-Encoding": coding})

    assert "Content-Encoding" not in plain.headers
    assert answer.headers["Content-Encoding"] == coding
    for one in (plain, answer):
        assert "Accept-Encoding" in one.headers["Vary"]
    assert int(answer.headers["Content-Length"]) == len(answer.data) < len(plain.data) / 2
    assert UNPACK[coding](answer.data).decode().endswith("</html>")


@pytest.mark.parametrize("accepted", ["identity", "br;q=0, gzip;q=0", "deflate", ""])
def test_who_takes_no_compressed_page_gets_a_plain_one(client, statement, accepted):
    answer = client.get(PAGE, headers={"Accept-Encoding": accepted})

    assert "Content-Encoding" not in answer.headers
    assert b"</html>" in answer.data


def compressed_pages(client, paths) -> set[str]:
    """The addresses among these that answer with a compressed page."""
    answers = {path: client.get(path, headers={"Accept-Encoding": "gzip, br"}) for path in paths}
    return {
        path
        for path, answer in answers.items()
        if answer.mimetype == "text/html" and "Content-Encoding" in answer.headers
    }


@pytest.fixture
def every_address(app, scene, clock):
    """Every address of ours, with a link that works."""
    scene.sign()
    token = newest_link(scene.context, now=clock()).rpartition("/")[2]
    values = {"slug": "open-rivers", "token": token, "version": "v1", "locale": "en", "partner": "river-watch"}
    return list(addresses(app, "GET", **values, signature_id="1", token_id="1"))


def test_no_page_of_the_desk_or_of_a_signers_link_comes_compressed(client, every_address):
    assert compressed_pages(client, every_address) == set(PUBLIC)


def test_what_a_visitor_posted_does_not_come_back_compressed(client, statement):
    answer = client.post(PAGE, data={"name": "Ani"}, headers={"Accept-Encoding": "br"})

    assert answer.status_code == 400
    assert "Content-Encoding" not in answer.headers


def test_every_way_to_compress_is_tried_here():
    assert set(UNPACK) == set(caching._ENCODINGS) - {"identity"}


def test_compressed_beside_words_of_the_address_a_secret_is_told_by_its_length():
    """The twin: why pages with secrets are left out."""
    page = "<p>{words}</p>" + "<li>river</li>" * 50 + '<input name="csrf" value="{secret}">'
    guesses = {secret: page.format(words=f'value="{secret}', secret="k7Qm2x") for secret in ("k7Qm2x", "a9Rt4w")}
    lengths = {guess: len(gzip.compress(html.encode())) for guess, html in guesses.items()}

    assert lengths["k7Qm2x"] < lengths["a9Rt4w"]
