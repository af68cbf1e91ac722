"""Guessing is slow: five tries an account wherever they come from, twenty a network whatever account they try."""

import pytest

from server.config import Settings, read_settings
from tests.conftest import environment
from tests.web.admin.desk import Browser

LOGIN = "/admin/login"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return read_settings(environment(tmp_path))


def guess(browser: Browser, *, name: str, network: int, token: bool = True) -> int:
    form = {"name": name, "password": "a guess", "code": "000000"}
    address = {"REMOTE_ADDR": f"198.51.{network}.7"}
    return browser.post(LOGIN, form, token=token, environ_base=address).status_code


def test_five_tries_an_account_from_five_networks_and_no_more(stranger, statement):
    tries = [guess(stranger, name=name, network=number) for number, name in enumerate(["olga"] * 4 + [" OLGA"] * 2)]

    assert tries == [422] * 5 + [429]
    assert guess(stranger, name="vera", network=7) == 422, "another account is not hindered"


def test_twenty_tries_a_network_whoever_they_say_they_are(stranger, statement):
    """Posts without a token are counted like all others, and cost no hash."""
    tries = [guess(stranger, name=f"name-{number}", network=1, token=False) for number in range(21)]

    assert tries == [400] * 20 + [429]
    assert guess(stranger, name="olga", network=2) == 422


def test_who_has_to_wait_is_told_in_words(stranger, statement):
    for number in range(6):
        guess(stranger, name="olga", network=number)
    answer = stranger.post(LOGIN, {"name": "olga"}, environ_base={"REMOTE_ADDR": "198.51.9.7"})

    assert int(answer.headers["Retry-After"]) > 0
    assert "minutes" in answer.text
