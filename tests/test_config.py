"""Settings: every bad value is refused by name, all of them at once, and no secret is ever quoted."""

import base64
import dataclasses
import json
import re
import secrets
import sys
import traceback
from pathlib import Path

import pytest

from server.config import SETTINGS, Settings, read_settings
from server.errors import SettingsError
from server.mail.budget import Budget
from tests.conftest import environment

P = "UNDERSIGNED_"
HTTPS = {f"{P}BASE_URL": "https://sign.example.org", f"{P}TRUSTED_PROXIES": "1"}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path)


def problems(environ: dict[str, str], **changes: str | None) -> list[str]:
    """What is said of these settings; None takes one away."""
    changed = {name: value for name, value in {**environ, **changes}.items() if value is not None}
    try:
        read_settings(changed)
    except SettingsError as refusal:
        return str(refusal).splitlines()
    return []


def test_a_fresh_instance_has_nothing_to_complain_about(environ, tmp_path):
    settings = read_settings(environ)

    assert settings.database == str(tmp_path / "undersigned.db")
    assert (settings.base_url, settings.own_origin) == ("http://localhost:8000", "http://localhost:8000")
    assert settings.mail_budget == Budget(gap_s=600, per_day=3, per_statement=5, per_day_in_all=6)
    assert (settings.trusted_proxies, settings.deliver_in_thread, settings.min_fill_s) == (0, True, 2)
    assert settings.limits["sign"] == "6 per minute; 40 per hour; 150 per day"
    assert (settings.host, settings.port, settings.processes, settings.threads) == ("127.0.0.1", 8000, 1, 4)
    assert settings.limit_storage_uri == f"sqlite:///{tmp_path / 'undersigned.db'}.limits"


def test_every_setting_is_read(environ, tmp_path):
    """One that is changed to another good value changes the settings; a line of the table that nobody reads fails."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    other = {
        **{setting.variable: "7" for setting in SETTINGS if setting.default and setting.default.isdigit()},
        **{setting.variable: "9 per hour" for setting in SETTINGS if " per " in (setting.default or "")},
        f"{P}DATABASE": str(tmp_path / "other.db"),
        f"{P}SECRET_KEYS": json.dumps([secrets.token_urlsafe(48)]),
        f"{P}PEPPER": key,
        f"{P}DATA_KEYS": json.dumps([key]),
        f"{P}BASE_URL": "http://127.0.0.1:9000",
        f"{P}MAIL_URL": "smtp://127.0.0.1:2525",
        f"{P}MAIL_FROM": "other@letters.example",
        f"{P}MAIL_DELIVERY": "off",
        f"{P}LIMIT_STORAGE": "redis://127.0.0.1",
        f"{P}EPHEMERAL_DISK": "allow",
        f"{P}HOST": "0.0.0.0",
    }
    before = dataclasses.asdict(read_settings(environ))
    assert {setting.variable for setting in SETTINGS} == {*other, "DATABASE_URL"}

    for name, value in other.items():
        assert dataclasses.asdict(read_settings({**environ, name: value})) != before, name


@pytest.mark.parametrize("name", [setting.variable for setting in SETTINGS if setting.default is None])
def test_what_has_no_default_must_be_given(environ, name):
    [problem] = problems(environ, **{name: None})

    assert problem.startswith(f"{name} is missing: ")


def weak_keys() -> list[str]:
    return [
        "",
        "changeme",
        base64.b64encode(bytes(31)).decode(),
        base64.b64encode(bytes(32)).decode(),
        base64.b64encode(b"ab" * 16).decode(),
        base64.b64encode(secrets.token_bytes(33)).decode(),
        "é" * 44,
        secrets.token_hex(32),
    ]


@pytest.mark.parametrize("weak", weak_keys())
def test_a_weak_pepper_or_data_key_is_refused(environ, weak):
    good = json.loads(environ[f"{P}DATA_KEYS"])[0]

    assert [line.split(":")[0] for line in problems(environ, **{f"{P}PEPPER": weak})] == [f"{P}PEPPER"]
    for keys in ([weak], [good, weak], [weak, good]):
        said = problems(environ, **{f"{P}DATA_KEYS": json.dumps(keys)})
        assert [line.split(":")[0] for line in said] == [f"{P}DATA_KEYS"]


@pytest.mark.parametrize(
    "value",
    [
        *["", "not json", '"a string"', "{}", "[]", "[1]", '[""]', '["changeme"]', "[null]"],
        *[
            json.dumps(["a" * 64]),
            json.dumps(["abc" * 20]),
            json.dumps(["abcdefghijklmnopqrstuvwxyz01234"]),
            json.dumps([secrets.token_urlsafe(48), "short"]),
        ],
    ],
)
def test_weak_secret_keys_are_refused(environ, value):
    [problem] = problems(environ, **{f"{P}SECRET_KEYS": value})

    assert problem.startswith(f"{P}SECRET_KEYS: ")


def test_both_alphabets_of_base64_are_read(environ):
    raw = b"\xfb\xff" + secrets.token_bytes(30)

    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert read_settings({**environ, f"{P}PEPPER": encode(raw).decode()}).pepper == raw


def test_keys_keep_their_order_since_the_last_one_signs(environ):
    keys = [secrets.token_urlsafe(48) for _ in range(3)]

    assert read_settings({**environ, f"{P}SECRET_KEYS": json.dumps(keys)}).secret_keys == tuple(keys)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("BASE_URL", ["", "sign.example.org", "ftp://a.example", "https://", "https://a.example/path",
                      "https://a.example?x", "https://a.example#x", "https://u:p@a.example", "https://a.example:99999",
                      "https://a.example:x", "https://a b.example", "https://a\n.example", "https://хост.example",
                      "https://[::1", "https://-a.example"]),
        ("MAIL_URL", ["", "smtp://", "http://a.example", "smtp://h?starttls=perhaps", "maildir://relative",
                      "smtp://u@h"]),
        ("MAIL_FROM", ["", "Open Letters", "Open Letters sign@letters.example", "a@b.example, c@d.example",
                       "a@b.example\nBcc: x@y.example"]),
        ("MAIL_DELIVERY", ["", "on", "Thread", "cron"]),
        ("EPHEMERAL_DISK", ["", "yes"]),
        ("TRUSTED_PROXIES", ["", "-1", "9", "one", "1.0", "١"]),
        ("MAIL_GAP_MINUTES", ["-1", "ten", "1441"]),
        ("MAIL_PER_DAY", ["0", "1001", ""]),
        ("MAIL_PER_STATEMENT", ["0", "x"]),
        ("MAIL_PER_DAY_IN_ALL", ["0", "x"]),
        ("LIMIT_SIGN", ["", "often", "6", "6 per minute; lots"]),
        ("LIMIT_HEALTH", ["6 a fortnight"]),
        ("LIMIT_STORAGE", ["postgres://h", "/tmp/limits", "yes"]),
        ("MIN_FILL_SECONDS", ["-1", "601", "2.5"]),
        ("HOST", [""]),
        ("THREADS", ["0", "65"]),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_by_name(environ, name, values):
    for value in values:
        said = problems(
            environ, **{f"{P}{name}": value, f"{P}TRUSTED_PROXIES": value if name == "TRUSTED_PROXIES" else "1"}
        )
        assert [line.split(":")[0] for line in said] == [f"{P}{name}"], value


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "0"), ("PORT", "65536"), ("PORT", "http"), ("WEB_CONCURRENCY", "0")]
)
def test_what_platforms_set_is_checked_too(environ, name, value):
    [problem] = problems(environ, **{name: value})

    assert problem.startswith(f"{name}: ")


def test_all_problems_are_told_at_once(environ):
    bad = {
        f"{P}PEPPER": "x",
        f"{P}MAIL_FROM": None,
        f"{P}LIMIT_DATA": "x",
        f"{P}THREADS": "x",
        f"{P}COLOUR": "red",
        "PORT": "x",
    }

    said = problems(environ, **bad)

    assert {re.split("[: ]", line)[0] for line in said} == set(bad)
    assert len(said) == len(bad)


def test_a_space_around_a_value_is_no_part_of_it(environ):
    settings = read_settings({**environ, f"{P}THREADS": " 8 ", f"{P}BASE_URL": " http://localhost:8000/ "})

    assert (settings.threads, settings.base_url) == (8, "http://localhost:8000")


# Where it runs.


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


# Names.


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("SECRET_KEY", "SECRET_KEYS"),
        ("MAIL_URI", "MAIL_URL"),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("LIMITS_SIGN", "LIMIT_SIGN"),
    ],
)
def test_an_unknown_name_is_refused_with_the_one_that_was_meant(environ, typed, meant):
    [problem] = problems(environ, **{f"{P}{typed}": "x"})

    assert problem == f"{P}{typed} is no setting; did you mean {P}{meant}?"


def test_a_name_like_no_other_is_refused_without_a_guess(environ):
    assert problems(environ, **{f"{P}QQQQQQQQQQQQQQQQQQQQQQQQQQ": "x"}) == [
        f"{P}QQQQQQQQQQQQQQQQQQQQQQQQQQ is no setting"
    ]


def test_names_of_others_are_none_of_our_business(environ):
    assert problems(environ, PATH="/bin", MAIL_URL="x", UNDERSIGNED="x", **{f"{P}INSTANCE": "/srv/letters"}) == []


# Secrets.


def secrets_of(environ: dict[str, str]) -> list[str]:
    lists = [json.loads(environ[f"{P}{name}"])[0] for name in ("SECRET_KEYS", "DATA_KEYS")]
    return [*lists, environ[f"{P}PEPPER"], "p4ssw0rd"]


def test_settings_can_be_printed_without_telling_a_secret(environ):
    environ[f"{P}MAIL_URL"] = "smtp://us:p4ssw0rd@mail.example:587"
    settings = read_settings(environ)

    for shown in (repr(settings), str(settings), f"{settings}", f"{[settings]}"):
        for secret in secrets_of(environ):
            assert secret not in shown
        assert str(settings.pepper)[2:12] not in shown
    twin = dataclasses.make_dataclass("Twin", [(field.name, object) for field in dataclasses.fields(Settings)])
    assert "p4ssw0rd" in repr(twin(**dataclasses.asdict(settings)))  # what a plain dataclass would have printed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEYS", "p4ssw0rd"),
        ("SECRET_KEYS", '["p4ssw0rd"]'),
        ("PEPPER", "p4ssw0rd"),
        ("DATA_KEYS", '["p4ssw0rd"]'),
        ("MAIL_URL", "smtp://us:p4ssw0rd"),
        ("MAIL_URL", "smtp://us:p4ssw0rd@[mail"),
        ("MAIL_URL", "smtp://us:p4ssw0rd@mail.example:x"),
        ("MAIL_URL", "smtp://us:/p4ssw0rd@mail.example"),
        ("MAIL_URL", "http://us:p4ssw0rd@mail.example"),
        ("MAIL_FROM", "p4ssw0rd"),
        ("BASE_URL", "https://us:p4ssw0rd@sign.example.org"),
        ("BASE_URL", "https://us:p4ssw0rd@[sign"),
        ("BASE_URL", "https://us:p4ssw0rd"),
        ("LIMIT_STORAGE", "redus://us:p4ssw0rd@cache"),
    ],
)
def test_no_refusal_quotes_what_may_be_a_secret(environ, name, value):
    changed = {**environ, f"{P}TRUSTED_PROXIES": "0", f"{P}{name}": value}

    with pytest.raises(SettingsError) as refusal:
        read_settings(changed)

    told = "".join(traceback.format_exception(refusal.value)) + str(refusal.value)
    for secret in (*secrets_of(environ), "p4ssw0rd"):
        assert secret not in told
    assert f"{P}{name}" in str(refusal.value)


def test_a_store_whose_package_is_missing_is_told_at_once(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(SettingsError, match=r"undersigned\[redis\]"):
        read_settings(environment(tmp_path, UNDERSIGNED_LIMIT_STORAGE="redis://127.0.0.1"))
