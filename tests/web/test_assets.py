"""The widget's bundles and our styles: what is pinned stays, what moves is asked for again, nothing else is served."""

from functools import partial

import pytest

from server.web import assets
from server.web.assets import BUNDLE, BUNDLES, newest_bundle

PINNED = f"/widget/{newest_bundle()}/{BUNDLE}"
MOVING = f"/widget/v1/{BUNDLE}"


@pytest.fixture
def get(client):
    """Read the whole file, so that it is closed."""
    return partial(client.get, buffered=True)


def test_a_pinned_bundle_never_changes(get):
    answer = get(PINNED)

    assert answer.data == (BUNDLES / newest_bundle() / BUNDLE).read_bytes()
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_v1_is_the_newest_and_kept_for_minutes_only(get):
    answer = get(MOVING)

    assert answer.data == get(PINNED).data
    assert answer.headers["Cache-Control"] == "public, max-age=600"
    known = get(MOVING, headers={"If-None-Match": answer.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")


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
        *("0.1.0%2f..%2f0.1.0", "%c0%ae%c0%ae", "x" * 5000, "٠.١.٠", "-1", "0.1.0%0a", "node_modules", "~", "0.1.0."),
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
    assert get(f"/widget/{newest_bundle()}/{name}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/static/", "/static/../config.py", "/static/%2e%2e/config.py", "/static/x", "/templates/public/base.html"]
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


def test_the_styles_and_the_description_of_the_api_say_what_they_are(get):
    styles, description = get("/static/public.css"), get("/api/v1/openapi.yaml")

    assert (styles.status_code, styles.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert (description.status_code, description.mimetype) == (200, "application/yaml")
    assert description.data.startswith(b"openapi: 3.1")
    for answer in (styles, description):
        assert answer.headers["Cache-Control"] == "public, max-age=600"
        assert "attachment" not in answer.headers.get("Content-Disposition", "")
