"""Twelve kinds of pages around the form: each text of it can be read on each, in the frame and in the page."""

import pytest

from tests.browsing import PICTURES
from tests.widget.conftest import settings  # noqa: F401 - a fixture
from tests.widget.test_looks import (
    LEAST_CONTRAST,
    SCHEMES,
    ask_in_vain,
    contrasts,
    open_scheme,  # noqa: F401 - a fixture
    switch,
    wait_until_readable,
)

pytestmark = [pytest.mark.drill, pytest.mark.browser]


def test_every_text_is_readable_on_every_kind_of_page(open_scheme):  # noqa: F811
    PICTURES.mkdir(exist_ok=True)
    for name, scheme in SCHEMES.items():
        page = open_scheme(scheme)
        ask_in_vain(page)
        switch(page, scheme)
        wait_until_readable(page)
        page.screenshot(path=PICTURES / f"scheme-{name.replace(' ', '-')}.png", full_page=True)
        text, lowest = min(contrasts(page).items(), key=lambda one: one[1])
        print(f"{name}: {lowest:.2f} at the least ({text})")
        assert round(lowest, 2) >= LEAST_CONTRAST, f"{name}: {text}"
        page.context.close()
