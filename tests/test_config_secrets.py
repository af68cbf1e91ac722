"""Settings that are secret: a weak key is refused, and none is ever quoted or printed."""

import base64
import dataclasses
import hashlib
import json
import secrets
import traceback

import pytest

from server.config import Settings, read_settings
from server.errors import SettingsError
from tests.bad_settings import P, problems


def weak_keys() -> list[str]:
    return [
        "",
        "changeme",
        base64.b64encode(bytes(31)).decode(),
        base64.b64encode(bytes(32)).decode(),
        base64.b64encode(b"ab" * 16).decode(),
        base64.b64encode(hashlib.sha256(b"any").digest() + b"!").decode(),
        "é" * 44,
        hashlib.sha256(b"any").hexdigest(),
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
            json.dumps([hashlib.sha512(b"any").hexdigest(), "short"]),
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
