"""The widget's bundles and our styles: what is pinned stays, what moves is asked for again, nothing else is served."""

import base64
import gzip
import hashlib
from functools import partial

import brotli
import pytest

from server.errors import NotFound
from server.web import assets
from server.web.assets import BUNDLE, BUNDLES, PARTS, integrity_of, newest_bundle_version

PINNED = f"/widget/{newest_bundle_version()}/{BUNDLE}"
MOVING = f"/widget/v1/{BUNDLE}"


@pytest.fixture
def get(client):
    """Read the whole file, so that it is closed."""
    return partial(client.get, buffered=True)


def test_a_pinned_bundle_never_changes(get):
    answer = get(PINNED)

    assert answer.data == (BUNDLES / newest_bundle_version() / BUNDLE).read_bytes()
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_a_part_of_a_version_never_changes_and_has_no_address_that_moves(get, bundles):
    (assets.BUNDLES / "0.10.0" / PARTS[0]).write_text("// a part")
    answer = get(f"/widget/0.10.0/{PARTS[0]}")

    assert (answer.data, answer.mimetype) == (b"// a part", "text/javascript")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    for path in (f"0.9.0/{PARTS[0]}", f"v1/{PARTS[0]}", "0.10.0/no-such.js", f"../{BUNDLE}"):
        assert get(f"/widget/{path}").status_code == 404


def test_v1_is_the_newest_and_kept_for_minutes_only(get):
    answer = get(MOVING)

    assert answer.data == get(PINNED).data
    assert answer.headers["Cache-Control"] == "public, max-age=600"
    known = get(MOVING, headers={"If-None-Match": answer.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")


@pytest.mark.parametrize("path", [PINNED, MOVING])
@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("BR", "br"),
        ("br;q=0, gzip;q=0", None),
        ("br;q=0.5, identity", None),
        ("identity", None),
        ("zstd", None),
        ("*;q=0", None),
        ("", None),
        (None, None),
    ],
)
def test_a_bundle_comes_as_the_browser_takes_it(get, path, accepted, coding):
    answer = get(path, headers={} if accepted is None else {"Accept-Encoding": accepted})

    assert answer.headers.get("Content-Encoding") == coding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
    assert unpack(answer.data) == (BUNDLES / newest_bundle_version() / BUNDLE).read_bytes()


def test_each_form_of_a_bundle_has_a_tag_of_its_own_and_is_not_taken_for_another(get):
    tags = {coding: get(PINNED, headers={"Accept-Encoding": coding}).headers["ETag"] for coding in ("br", "gzip", "x")}

    assert len(set(tags.values())) == 3
    for coding in tags:
        known = {other: {"Accept-Encoding": coding, "If-None-Match": tag} for other, tag in tags.items()}
        statuses = {other: get(PINNED, headers=headers).status_code for other, headers in known.items()}
        assert statuses == {other: 304 if other == coding else 200 for other in tags}


def test_a_bundle_is_compressed_once(get, monkeypatch):
    get(PINNED, headers={"Accept-Encoding": "br"})
    monkeypatch.setattr("brotli.compress", pytest.fail)

    assert get(PINNED, headers={"Accept-Encoding": "br"}).headers["Content-Encoding"] == "br"


def test_the_hash_that_pages_pin_is_of_the_plain_bundle(get):
    digest = base64.b64encode(hashlib.sha384(get(PINNED).data).digest()).decode()

    assert integrity_of(newest_bundle_version()) == f"sha384-{digest}"
    with pytest.raises(NotFound):
        integrity_of("../dist")


@pytest.mark.parametrize("path", [PINNED, MOVING])
def test_every_page_may_load_the_widget_however_strict_it_is(get, path):
    headers = get(path, headers={"Origin": "https://anywhere.example"}).headers

    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "version",
    [
        *(
            "..",
            ".",
            "%2e%2e",
            "%2e",
            "..%2f..",
            "%2e%2e%2f%2e%2e%2fserver",
            "..%5c..",
            "%00",
            "0.1.0%00",
            "v2",
            "0.0.0",
        ),
        *(
            "0.1.0%2f..%2f0.1.0",
            "%c0%ae%c0%ae",
            "x" * 5000,
            "1" * 5000,
            "٠.١.٠",
            "-1",
            "0.1.0%0a",
            "node_modules",
            "~",
            "0.1.0.",
        ),
    ],
)
def test_no_other_version_leads_anywhere(get, version):
    answer = get(f"/widget/{version}/{BUNDLE}")

    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "immutable" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["index.js", "undersigned.js.map", "undersigned.js/", "..%2fundersigned.js", "%2e%2e/x"]
)
def test_no_other_file_is_served(get, name):
    assert get(f"/widget/{newest_bundle_version()}/{name}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/../config.py",
        "/static/%2e%2e/config.py",
        "/static/x",
        "/static/fonts/title.ttf",
        "/templates/public/base.html",
    ],
)
def test_nothing_beside_the_styles_is_served(get, path):
    assert get(path).status_code == 404


@pytest.fixture
def bundles(tmp_path, monkeypatch):
    """A folder of bundles with a file of the same name one step above, which must stay where it is."""
    for version in ("dist/0.9.0", "dist/0.10.0", "dist/drafts", ""):
        (tmp_path / version).mkdir(parents=True, exist_ok=True)
        (tmp_path / version / BUNDLE).write_text(f"// {version}")
    monkeypatch.setattr(assets, "BUNDLES", tmp_path / "dist")


def test_versions_are_numbers_and_not_words(get, bundles):
    assert get(MOVING).data == b"// dist/0.10.0"
    assert get(f"/widget/0.9.0/{BUNDLE}").data == b"// dist/0.9.0"


@pytest.mark.parametrize("version", ["..", "%2e%2e", "drafts"])
def test_a_folder_that_is_no_version_is_not_served_though_the_file_is_there(get, bundles, version):
    assert get(f"/widget/{version}/{BUNDLE}").status_code == 404


def test_styles_script_and_the_description_of_the_api_say_what_they_are(get):
    scripts = [get(f"/static/{name}.js") for name in ("getting", "sharing", "founding")]
    styles, description = map(get, ("/static/desk.css", "/api/v1/openapi.yaml"))

    assert (styles.status_code, styles.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    for one in scripts:
        assert (one.status_code, one.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert (description.status_code, description.mimetype) == (200, "application/yaml")
    assert description.data.startswith(b"openapi: 3.1")
    for answer in (styles, *scripts, description):
        assert answer.headers["Cache-Control"] == "public, max-age=600"
        assert "attachment" not in answer.headers.get("Content-Disposition", "")
