"""``undersigned check --url``: whether a visitor can forge the address that limits count, asked of a real server."""

import pytest

from tests.cli.shell import shell
from tests.drills.real_server import make_real_instance, serving

pytestmark = pytest.mark.sqlite
FORGEABLE = "FAULT: a visitor can forge the address that rate limits use, with the header X-Forwarded-For"


@pytest.fixture
def instance(tmp_path):
    return make_real_instance(tmp_path / "instance")


def check(instance):
    return shell("--instance", instance.folder, "check", "--url", f"http://127.0.0.1:{instance.port}")


def test_a_server_without_a_proxy_counts_nobody_by_what_they_say(instance):
    with serving(instance):
        checked = check(instance)

    assert checked.exit_code == 0
    assert "sees this command coming from 127.0.0.1/32, over http" in checked.stdout
    assert "all is well" in checked.stdout


def test_a_server_that_trusts_a_proxy_that_is_not_there_is_found_out(instance):
    with serving(instance, UNDERSIGNED_TRUSTED_PROXIES="1"):
        checked = check(instance)

    assert checked.exit_code == 1
    assert [line for line in checked.stdout.splitlines() if line.startswith("FAULT")] == [FORGEABLE]


def test_a_server_whose_address_says_https_and_that_sees_http_is_found_out(instance):
    with serving(instance):
        settings = {"UNDERSIGNED_BASE_URL": "https://sign.example.org", "UNDERSIGNED_TRUSTED_PROXIES": "0"}
        url = f"http://127.0.0.1:{instance.port}"
        checked = shell("--instance", instance.folder, "check", "--url", url, env=settings)

    assert checked.exit_code == 1
    assert "FAULT: the server sees http, but its base URL is https://sign.example.org" in checked.stdout


def test_a_server_that_does_not_answer_is_a_fault_and_no_trace(instance):
    checked = check(instance)

    assert checked.exit_code == 1
    assert f"FAULT: http://127.0.0.1:{instance.port} did not answer the check" in checked.stdout
