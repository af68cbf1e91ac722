"""Settings: each is read, every bad value is refused by name, and all of them at once."""

import base64
import dataclasses
import json
import re
import secrets
import sys

import pytest

from server.config import SETTINGS, read_settings
from server.errors import SettingsError
from server.mail.delivery import EmailBudget
from tests.bad_settings import P, problems
from tests.conftest import environment


def test_a_fresh_instance_has_nothing_to_complain_about(environ, tmp_path):
    settings = read_settings(environ)

    assert settings.database == str(tmp_path / "undersigned.db")
    assert (settings.base_url, settings.own_origin) == ("http://localhost:8000", "http://localhost:8000")
    assert settings.mail_budget == EmailBudget(
        gap_s=600, per_day=3, per_statement=5, links_per_day=1, domain_per_hour=60
    )
    assert settings.remind_after_s == 48 * 3600
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
        f"{P}BOUNCE_ADDRESS": "bounces@letters.example",
        f"{P}BOUNCE_SECRET": secrets.token_urlsafe(32),
        f"{P}BACKUP_FOLDER": "off",
        f"{P}BACKUP_KEEP": "3",
        f"{P}LIMIT_STORAGE": "redis://127.0.0.1",
        f"{P}FRONT_PAGE": "list",
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


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("BOUNCE_ADDRESS", ["bounces", "@letters.example", "Bounces <bounces@letters.example>", "b c@letters.example",
                            "bounces+x@letters.example", f"{'b' * 25}@letters.example", "bounces@лес.example",
                            "bounces@letters.example\n.bad"]),
        ("BOUNCE_SECRET", ["short", "a" * 40]),
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
        ("MAIL_GAP_MINUTES", ["-1", "ten", "11"]),
        ("MAIL_PER_DAY", ["0", "1001", ""]),
        ("MAIL_PER_STATEMENT", ["0", "x"]),
        ("MAIL_LINKS_PER_DAY", ["0", "x"]),
        ("REMIND_AFTER_HOURS", ["-1", "301", "two days", ""]),
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

    heading, *said = problems(environ, **bad)

    assert heading == "the settings are not valid:"
    assert {re.split("[: ]", line)[0] for line in said} == set(bad)
    assert len(said) == len(bad)


def test_a_space_around_a_value_is_no_part_of_it(environ):
    settings = read_settings({**environ, f"{P}THREADS": " 8 ", f"{P}BASE_URL": " http://localhost:8000/ "})

    assert (settings.threads, settings.base_url) == (8, "http://localhost:8000")


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


def test_a_store_whose_package_is_missing_is_told_at_once(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(SettingsError, match=r"undersigned\[redis\]"):
        read_settings(environment(tmp_path, UNDERSIGNED_LIMIT_STORAGE="redis://127.0.0.1"))
