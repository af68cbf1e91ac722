"""Settings of where it runs: the address, the proxies before it, the disk and the database."""

import pytest

from server.config import read_settings
from tests.bad_settings import P, problems

HTTPS = {f"{P}BASE_URL": "https://sign.example.org", f"{P}TRUSTED_PROXIES": "1"}


@pytest.mark.parametrize("host", ["sign.example.org", "192.168.1.5", "10.0.0.1", "localhost.evil.example"])
def test_plain_http_is_for_this_machine_alone(environ, host):
    [problem] = problems(environ, **{f"{P}BASE_URL": f"http://{host}:8000"})

    assert problem == f"{P}BASE_URL: must be https, except on this machine itself"


@pytest.mark.parametrize("base_url", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:8000"])
def test_plain_http_works_on_this_machine(environ, base_url):
    assert read_settings({**environ, f"{P}BASE_URL": base_url}).base_url == base_url


def test_https_without_a_word_about_proxies_is_refused_with_both_answers(environ):
    [problem] = problems(environ, **{**HTTPS, f"{P}TRUSTED_PROXIES": None})

    assert problem.startswith(f"{P}TRUSTED_PROXIES is missing: 1 behind one proxy")
    assert "0 when" in problem
    for given in ("0", "1", "2"):
        assert problems(environ, **{**HTTPS, f"{P}TRUSTED_PROXIES": given}) == []


def test_a_disk_that_is_thrown_away_is_refused_unless_the_list_may_be_lost(environ):
    [problem] = problems(environ, DYNO="web.1")

    assert f"{P}EPHEMERAL_DISK=allow" in problem
    assert problems(environ, DYNO="web.1", **{f"{P}EPHEMERAL_DISK": "allow"}) == []
    assert problems(environ, DYNO="web.1", **{f"{P}DATABASE": "postgresql://db.example/letters"}) == []


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://sign.example.org", "https://sign.example.org"),
        ("https://sign.example.org/", "https://sign.example.org"),
        ("https://Sign.Example.org:443", "https://sign.example.org"),
        ("https://sign.example.org:8443", "https://sign.example.org:8443"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://xn--e1afmkfd.example", "https://xn--e1afmkfd.example"),
    ],
)
def test_the_own_origin_is_written_as_browsers_write_it(environ, base_url, origin):
    assert read_settings({**environ, **HTTPS, f"{P}BASE_URL": base_url}).own_origin == origin


def test_the_database_is_where_the_platform_says_when_nothing_else_does(environ):
    elsewhere = {**environ, "DATABASE_URL": "sqlite:////data/list.db"}
    assert read_settings(elsewhere).database == environ[f"{P}DATABASE"]

    del elsewhere[f"{P}DATABASE"]
    settings = read_settings(elsewhere)
    assert settings.database == "sqlite:////data/list.db"
    assert settings.limit_storage_uri == "sqlite:////data/list.db.limits"


def test_limits_of_a_database_without_a_file_are_counted_in_memory_by_one_process_alone(environ):
    on_a_server = {f"{P}DATABASE": "postgresql://db.example/letters", f"{P}LIMIT_STORAGE": ""}

    assert read_settings(environ | on_a_server).limit_storage_uri == "memory://"
    [problem] = problems(environ, WEB_CONCURRENCY="2", **on_a_server)
    assert f"{P}LIMIT_STORAGE: memory counts for one process alone" in problem
    assert problems(environ, WEB_CONCURRENCY="2", **on_a_server | {f"{P}LIMIT_STORAGE": "sqlite:////tmp/limits"}) == []
