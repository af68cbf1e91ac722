"""Twelve kinds of pages around the form: each text of it can be read on each, in the frame and in the page."""

import pytest

from tests.browsing import PICTURES
from tests.widget.conftest import settings  # noqa: F401 - a fixture
from tests.widget.test_looks import SCHEMES, ask_in_vain, contrasts, open_scheme, switch, wait_until_readable  # noqa: F401

pytestmark = [pytest.mark.drill, pytest.mark.browser]


def test_every_text_is_readable_on_every_kind_of_page(open_scheme):  # noqa: F811
    PICTURES.mkdir(exist_ok=True)
    for name, scheme in SCHEMES.items():
        page = open_scheme(scheme)
        ask_in_vain(page)
        switch(page, scheme)
        wait_until_readable(page)
        page.screenshot(path=PICTURES / f"scheme-{name.replace(' ', '-')}.png", full_page=True)
        lowest = sorted((ratio, text) for text, ratio in contrasts(page).items())[0]
        print(f"{name}: {lowest[0]:.2f} at the least ({lowest[1]})")
        page.context.close()
