"""What was typed into the frame stays when the frame has to be loaded again, and the page around never reads it."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.widget.conftest import MODES, fill_in, form_on

pytestmark = pytest.mark.browser
# A page that knows the name of the channel, and writes down what it can hear.
# The new frame waits for the old one as long as it takes: on a busy machine the usual three seconds are too short.
SPYING = """
Math.random = () => 0.5;
const soon = setTimeout;
window.setTimeout = (run, milliseconds, ...more) => soon(run, milliseconds === 3000 ? 60_000 : milliseconds, ...more);
if (parent === window) {
  window.heard = [];
  const channel = new BroadcastChannel("undersigned-0.5");
  channel.onmessage = ({ data }) => window.heard.push(data);
  channel.postMessage("");
  addEventListener("message", ({ data }) => window.heard.push(data));
}
"""
SILENT = "window.BroadcastChannel = class { postMessage() {} close() {} };"


def fill_all(page: Page) -> Any:
    form = form_on(page, "frame")
    fill_in(form)
    form.locator("#newsletter").check()
    return form


def change(page: Page, script: str) -> Any:
    """Do something to the element, and return its form once there is one frame again."""
    with page.expect_response("**/embed/open-rivers?*"):
        page.evaluate(f"() => {{ const form = document.querySelector('undersigned-form'); {script} }}")
    expect(page.locator("undersigned-form iframe")).to_have_count(1)
    return form_on(page, "frame")


def test_another_language_and_a_new_beginning_keep_what_was_typed_in_the_frame(embed):
    page = embed(before=lambda page: page.add_init_script(SPYING))
    fill_all(page)

    form = change(page, "form.locale = 'fr'")
    expect(form.get_by_role("heading", name="Gardons nos rivières ouvertes")).to_be_visible()
    expect(form.locator("#name")).to_have_value("Անի Գևորգյան")
    expect(form.locator("#newsletter")).to_be_checked()
    form.locator("#email").fill("another@rivers.example")
    form = change(page, "form.reload()")
    form = change(page, "form.partner = 'lake-watch'")

    expect(form.locator("#email")).to_have_value("another@rivers.example")
    expect(form.locator("#name")).to_have_value("Անի Գևորգյան")
    heard = str(page.evaluate("JSON.stringify(window.heard)"))
    assert "undersigned:height" in heard
    for secret in ("Անի", "another@", "rivers.example"):
        assert secret not in heard


def test_a_frame_that_hears_nothing_from_the_one_before_is_empty(embed):
    """The twin: what hands it over is a channel of the server's own origin."""
    page = embed(before=lambda page: page.add_init_script(SILENT))
    fill_all(page)

    form = change(page, "form.locale = 'fr'")

    expect(form.get_by_role("heading", name="Gardons nos rivières ouvertes")).to_be_visible()
    expect(form.locator("#name")).to_have_value("")


@MODES
def test_a_page_that_changes_language_leaves_a_form_that_waits_for_its_code(embed, mode):
    page = embed("inline" if mode == "inline" else "")
    form = form_on(page, mode)
    fill_in(form)
    form.get_by_role("button", name="Sign").click()
    form.get_by_label("Code from the email").fill("1234")
    page.wait_for_function("told.some(([what]) => what === 'submitted')")

    page.evaluate("document.querySelector('undersigned-form').locale = 'fr'")
    page.evaluate("document.querySelector('undersigned-form').toggleAttribute('inline')")
    page.evaluate("new Promise(requestAnimationFrame)")

    expect(form_on(page, mode).get_by_label("Code from the email")).to_have_value("1234")
