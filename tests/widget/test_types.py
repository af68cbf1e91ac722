"""The description of the elements for editors and type checkers: complete, and of use in a TypeScript project."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.widget.test_bundle import DIST, WIDGET

USE = """
import type { UndersignedForm } from "./undersigned";

const form: UndersignedForm = document.createElement("undersigned-form");
Object.assign(form, { server: "https://sign.example.org", statement: "open-rivers" });
form.inline = true;
form.theme = "dark";
form.addEventListener("undersigned:confirmed", ({ detail }) => {
  const state: "confirmed" | "already" | "held" = detail.state;
  console.log(state);
});
form.addEventListener("undersigned:failed", (event) => console.log(event.detail.code.length));
form.addEventListener("click", (event) => console.log(event.clientX));
form.reload().then(() => form.focusForm());
document.querySelector("undersigned-signatories")!.kind = "individual";

export const page = (
  <undersigned-form
    server="https://sign.example.org"
    statement="open-rivers"
    inline
    on-accent="#fff"
    onundersigned:submitted={({ detail }) => console.log(detail.state === "pending")}
  >
    <a href="https://sign.example.org/s/open-rivers">Sign on the statement’s own page</a>
  </undersigned-form>
);
"""
# What a project with a framework has of its own: the elements of HTML.
PROJECT = "declare namespace JSX { interface IntrinsicElements { a: { href?: string; children?: unknown } } }\n"


@pytest.fixture
def check(tmp_path) -> Callable[[str], str]:
    """Type-check this source as a project would that copied our types; return what the compiler complains of."""
    compiler = WIDGET / "node_modules" / ".bin" / "tsc"
    if not compiler.exists() or not shutil.which("node"):
        reason = "the type checker is missing: run npm ci in widget/"
        if os.environ.get("REQUIRE_ALL_TESTS"):
            pytest.fail(reason)
        pytest.skip(reason)
    shutil.copy(DIST / "undersigned.d.ts", tmp_path)
    (tmp_path / "project.d.ts").write_text(PROJECT, "utf-8")

    def check(source: str) -> str:
        (tmp_path / "use.tsx").write_text(source, "utf-8")
        options = ("--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom,dom.iterable")
        modules = ("--module", "esnext", "--moduleResolution", "bundler", "--jsx", "preserve", "--types", "")
        command = (compiler, *options, *modules, "project.d.ts", "use.tsx")
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout

    return check


def test_a_page_in_typescript_uses_element_properties_and_events(check):
    assert check(USE) == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('statement="open-rivers"', 'statment="open-rivers"'),
        ("form.inline = true", 'form.inline = "yes"'),
        ("detail.code", "detail.email"),
        ('theme = "dark"', 'theme = "black"'),
        ("\n    inline\n", "\n    inline={1}\n"),
    ],
)
def test_a_wrong_property_is_found(check, right, wrong):
    assert right in USE

    assert "error TS" in check(USE.replace(right, wrong))


def test_the_manifest_names_every_attribute_that_the_elements_observe_and_each_event_they_send():
    manifest = json.loads((DIST / "custom-elements.json").read_text("utf-8"))
    [module] = manifest["modules"]
    declared = {one["tagName"]: one for one in module["declarations"]}
    sources = "".join(file.read_text("utf-8") for file in (WIDGET / "src").glob("*.js"))
    observed = re.search(r"const NAMED = \[(.*?)]", sources)[1] + re.search(r"const TOKENS = \[(.*?)]", sources)[1]

    assert set(declared) == set(re.findall(r'"(undersigned-\w+)": Undersigned', sources))
    named = {attribute["name"] for one in declared.values() for attribute in one["attributes"]}
    assert named == {*re.findall(r"[\w-]+", observed), "inline", "debug"}
    events = {event["name"] for one in declared.values() for event in one["events"]}
    assert events == {f"undersigned:{what}" for what in re.findall(r'\.tell\("(\w+)"', sources)}
    assert {"form", "button", "signatory"} <= {part["name"] for part in declared["undersigned-form"]["cssParts"]}


def test_the_description_stands_beside_the_script_where_developers_can_fetch_it(client):
    for name in ("undersigned.d.ts", "custom-elements.json"):
        for version in (Path(DIST).name, "v1"):
            answer = client.get(f"/widget/{version}/{name}", buffered=True)
            assert answer.data == (DIST / name).read_bytes()
