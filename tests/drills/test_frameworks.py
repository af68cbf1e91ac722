"""React, Vue and Hugo: what the page for editors shows for each, in a fresh project as it is, built and signed.

npm installs Vite, React and Vue for this drill alone; Hugo is Debian's package ``hugo``. Each component is rendered in
the browser and on the server, in the frameworks' development mode, which warns of everything that is not right.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from werkzeug.exceptions import NotFound
from werkzeug.middleware.shared_data import SharedDataMiddleware

from tests.browsing import browsable
from tests.scene import look
from tests.web.scene import PAGE
from tests.widget.conftest import MODES, form_on, list_partner

pytestmark = [pytest.mark.drill, pytest.mark.browser]
NAMES = "SELECT signatures.name, partners.slug FROM signatures JOIN partners ON partners.id = partner_id"
HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">'
INDEX = (
    HEAD
    + """<div id="app"></div>
<script type="module" src="/browser.{kind}"></script></html>"""
)
REACT = {
    "vite.config.js": 'import react from "@vitejs/plugin-react"; export default { plugins: [react()] };',
    "App.jsx": """import { StrictMode, useState } from "react";
import { SignOnForm } from "./SignOnForm.jsx";
export function App() {
  const [here, setHere] = useState(true);
  const turn = <button onClick={() => setHere(!here)}>Turn the page</button>;
  return <StrictMode><main>{turn}{here ? <SignOnForm /> : <p>Elsewhere</p>}</main></StrictMode>;
}""",
    "browser.jsx": """import { createRoot, hydrateRoot } from "react-dom/client";
import { App } from "./App.jsx";
const place = document.getElementById("app");
if (place.hasChildNodes()) hydrateRoot(place, <App />);
else createRoot(place).render(<App />);""",
    "server.jsx": """import { renderToString } from "react-dom/server";
import { App } from "./App.jsx";
console.log(renderToString(<App />));""",
}
VUE = {
    "vite.config.js": 'import vue from "@vitejs/plugin-vue"; export default { plugins: [vue()] };',
    "App.vue": """<script setup>
import { ref } from "vue";
import SignOnForm from "./SignOnForm.vue";
const here = ref(true);
</script>
<template>
  <main><button @click="here = !here">Turn the page</button><SignOnForm v-if="here" /><p v-else>Elsewhere</p></main>
</template>""",
    "browser.js": """import { createApp, createSSRApp } from "vue";
import App from "./App.vue";
const place = document.getElementById("app");
(place.hasChildNodes() ? createSSRApp : createApp)(App).mount(place);""",
    "server.js": """import { createSSRApp } from "vue";
import { renderToString } from "vue/server-renderer";
import App from "./App.vue";
renderToString(createSSRApp(App)).then(console.log);""",
}


@dataclass(frozen=True)
class Framework:
    """What npm installs, the other files of a project, and where the snippet comes from and goes to."""

    packages: tuple[str, ...]
    files: dict[str, str]
    box: str
    file: str

    @property
    def kind(self) -> str:
        """How the names of its entries end."""
        return "jsx" if self.files is REACT else "js"


VITE_REACT, VITE_VUE = ("vite@8", "@vitejs/plugin-react@6"), ("vite@8", "@vitejs/plugin-vue@6")
FRAMEWORKS = {
    "React 18": Framework((*VITE_REACT, "react@18", "react-dom@18"), REACT, "react-component", "SignOnForm.jsx"),
    "React 19": Framework((*VITE_REACT, "react@19", "react-dom@19"), REACT, "react-component", "SignOnForm.jsx"),
    "Vue 3": Framework((*VITE_VUE, "vue@3"), VUE, "vue-component", "SignOnForm.vue"),
}


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def snippet(server, statement, website, db, clock, visit) -> Callable[..., str]:
    """Copy a snippet off the page for editors, whose website is a listed partner."""
    list_partner(db, "lake-watch", website.url, now=clock())

    def snippet(box: str, mode: str) -> str:
        page = visit(f"{server.url}{PAGE}/embed?partner=lake-watch&form_locale=en&mode={mode}")
        return page.locator(f"#{box}").input_value()

    return snippet


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[tuple[str, ...]], Path]:
    """Return the folder into which npm has installed these packages."""
    require("npm")
    found: dict[tuple[str, ...], Path] = {}

    def installed(packages: tuple[str, ...]) -> Path:
        if packages not in found:
            folder = found[packages] = tmp_path_factory.mktemp("npm")
            run("npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), *packages, cwd=folder)
        return found[packages] / "node_modules"

    return installed


@pytest.fixture
def build(installed, tmp_path) -> Callable[..., Path]:
    """Build a project around a snippet and return its folder, with a page that is rendered and one that is empty."""

    def build(framework: Framework, component: str) -> Path:
        project = tmp_path / "project"
        project.mkdir()
        (project / "node_modules").symlink_to(installed(framework.packages))
        (project / "package.json").write_text('{"type": "module"}', "utf-8")
        (project / "index.html").write_text(INDEX.format(kind=framework.kind), "utf-8")
        for name, text in {**framework.files, framework.file: component}.items():
            (project / name).write_text(text, "utf-8")
        vite = ("node_modules/.bin/vite", "build", "--mode", "development")
        run(*vite, cwd=project)
        run(*vite, "--ssr", f"server.{framework.kind}", "--outDir", "rendering", cwd=project)
        html = (project / "dist" / "index.html").read_text("utf-8")
        rendered = run("node", "rendering/server.js", cwd=project).strip()
        html = html.replace('<div id="app"></div>', f'<div id="app">{rendered}</div>')
        (project / "dist" / "rendered.html").write_text(html, "utf-8")
        return project / "dist"

    return build


@pytest.fixture
def console(website, visit) -> Callable[..., tuple[Page, list[str]]]:
    """Open a file of a folder on the partner's website; return the page and its list of warnings and errors."""

    def console(folder: Path, path: str) -> tuple[Page, list[str]]:
        website.app = SharedDataMiddleware(NotFound(), {"/": str(folder)})
        page, said = visit("about:blank"), []
        page.on("console", lambda one: said.append(one.text) if one.type in ("warning", "error") else None)
        page.goto(f"{website.url}/{path}")
        return page, said

    return console


def require(command: str) -> None:
    if not shutil.which(command):
        if os.environ.get("REQUIRE_ALL_TESTS"):
            pytest.fail(f"{command} is missing", pytrace=False)
        pytest.skip(f"{command} is missing")


def run(*command: str, cwd: Path) -> str:
    environ = {**os.environ, "NODE_ENV": "development"}
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def sign(form, name: str) -> None:
    form.get_by_label("Your name").fill(name)
    form.get_by_label("Email address").fill(f"{name.lower()}@rivers.example")
    form.get_by_role("button", name="Sign", exact=True).click()
    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()


@MODES
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_component_signs_and_no_warning_is_in_the_console(snippet, build, console, db, mode, name):
    framework = FRAMEWORKS[name]
    folder = build(framework, snippet(framework.box, mode))

    for path in ("index.html", "rendered.html"):
        page, said = console(folder, path)
        turn = page.get_by_role("button", name="Turn the page")
        turn.click()
        expect(page.get_by_text("Elsewhere")).to_be_visible()
        turn.click()
        sign(form_on(page, mode), f"Ani{path[0]}")
        expect(page.locator("undersigned-form > a")).to_be_hidden()
        expect(page.locator("script[src*='/widget/']")).to_have_count(1)
        print(f"{name}, {mode}, {path}: signed; in the console: {said}")
        assert said == []

    assert look(db, NAMES) == [{"name": f"Ani{letter}", "slug": "lake-watch"} for letter in "ir"]


def test_without_v_pre_vue_warns_of_a_component_that_it_does_not_know(snippet, build, console):
    """The twin: the console is read, and why the snippet has that word."""
    vue = FRAMEWORKS["Vue 3"]
    _, said = console(build(vue, snippet(vue.box, "frame").replace(" v-pre", "")), "index.html")

    assert any("Failed to resolve component: undersigned-form" in warning for warning in said)


@MODES
def test_the_shortcode_of_hugo_signs(snippet, console, db, tmp_path, mode):
    require("hugo")
    site = tmp_path / "site"
    for name, text in {
        "config.toml": 'title = "A site"',
        "layouts/_default/single.html": HEAD + "{{ .Content }}",
        "layouts/shortcodes/undersigned.html": snippet("shortcode", mode),
        "content/letter.md": f"---\ntitle: A letter\n---\n\nSign *here*:\n\n{snippet('shortcode-line', mode)}\n",
    }.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text, "utf-8")
    run("hugo", cwd=site)

    page, said = console(site / "public", "letter/index.html")
    sign(form_on(page, mode), "Ani")

    print(f"Hugo, {mode}: signed; in the console: {said}")
    assert said == []
    assert look(db, NAMES) == [{"name": "Ani", "slug": "lake-watch"}]
