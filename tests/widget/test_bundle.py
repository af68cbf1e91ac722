"""The committed bundle is what the sources build, small, and asks a page for nothing that a strict policy refuses."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import brotli
import pytest

from server.web.assets import BUNDLE, BUNDLES, PARTS

WIDGET = Path(__file__).parents[2] / "widget"
LARGEST_BROTLI_BYTES = 10 * 1024
LARGEST_WITH_PARTS = 14 * 1024
FORBIDDEN = (
    *("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "srcdoc", "eval(", "new Function"),
    *("document.cookie", "localStorage", "sessionStorage", "indexedDB", "import.meta", '("style"', "sendBeacon"),
)


def version():
    return json.loads((WIDGET / "package.json").read_text("utf-8"))["version"]


DIST = BUNDLES / version()


@pytest.fixture
def bundle():
    return (DIST / BUNDLE).read_text("utf-8")


@pytest.fixture
def scripts(bundle):
    """The bundle and its parts, one after the other."""
    return bundle + "".join((DIST / part).read_text("utf-8") for part in PARTS)


@pytest.fixture
def copy(tmp_path):
    """The widget and the words it is built from, free to be broken; needs the builder."""
    if not (WIDGET / "node_modules" / "esbuild").is_dir() or not shutil.which("node"):
        reason = "the widget's builder is missing: run npm ci in widget/"
        if os.environ.get("REQUIRE_ALL_TESTS"):
            pytest.fail(reason)
        pytest.skip(reason)
    shutil.copytree(WIDGET, tmp_path / "widget", ignore=shutil.ignore_patterns("node_modules"))
    shutil.copytree(WIDGET.parent / "server" / "messages", tmp_path / "server" / "messages")
    (tmp_path / "widget" / "node_modules").symlink_to(WIDGET / "node_modules")
    return tmp_path


def check(folder):
    return subprocess.run(["node", "build.mjs", "--check"], cwd=folder / "widget", capture_output=True, text=True)


def test_the_bundle_is_what_the_sources_build(copy):
    result = check(copy)

    assert result.returncode == 0, result.stderr


def test_a_changed_source_is_told_to_be_built(copy):
    with (copy / "widget" / "src" / "index.js").open("a") as source:
        source.write("console.log('changed');\n")

    result = check(copy)

    assert result.returncode == 1
    assert "npm run build" in result.stderr


def test_a_changed_word_that_the_bundle_carries_is_told_to_be_built(copy):
    english = copy / "server" / "messages" / "en.json"
    english.write_text(english.read_text("utf-8").replace("The form did not load.", "No form today."), "utf-8")

    assert check(copy).returncode == 1


def test_the_version_is_the_servers():
    project = (WIDGET.parent / "pyproject.toml").read_text("utf-8")

    assert f'version = "{version()}"' in project


def test_the_bundle_is_small_and_so_is_all_of_it_with_its_parts(bundle):
    assert len(brotli.compress(bundle.encode())) <= LARGEST_BROTLI_BYTES
    assert sum(len(brotli.compress(file.read_bytes())) for file in DIST.glob("*.js")) <= LARGEST_WITH_PARTS


def test_the_bundle_names_the_hash_of_each_of_its_parts(bundle):
    parts = {file.name: file for file in DIST.glob("*.js") if file.name != BUNDLE}

    assert set(parts) == set(PARTS)
    for file in parts.values():
        digest = base64.b64encode(hashlib.sha256(file.read_bytes()).digest()).decode()
        assert f'"sha256-{digest}"' in bundle


@pytest.mark.parametrize("word", FORBIDDEN)
def test_the_bundle_and_its_parts_do_without(scripts, word):
    assert word not in scripts


def test_the_bundle_names_no_address_and_asks_only_where_its_attribute_says(scripts):
    assert re.findall(r"(?:https?:)?//[\w.-]+", scripts) == []
    assert scripts.count("fetch(") == 1
    assert scripts.count("import(") == 1


def test_the_bundle_runs_as_a_classic_script_and_as_a_module(bundle):
    assert re.match(r'/\* Undersigned [\d.]+, MIT \*/\n(?:"use strict";)?\(\(\)=>\{', bundle)
    assert not re.search(r"(?:^|[;}])(?:export|import)[\s{]", bundle)


def test_the_example_page_brings_a_link_for_when_the_script_does_not_come():
    page = (WIDGET / "examples" / "partner.html").read_text("utf-8")

    assert re.search(r'<undersigned-form [^>]*inline>\s*<a href="{{server}}/s/{{statement}}">', page)
    assert "<style" not in page
    assert not re.search(r"\s(?:style|on\w+)=", page)
    assert set(re.findall(r"{{\w+}}", page)) == {"{{server}}", "{{statement}}", "{{partner}}"}


def test_the_lock_names_no_registry():
    lock = json.loads((WIDGET / "package-lock.json").read_text("utf-8"))

    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
