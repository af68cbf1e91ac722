"""Reads the JSON object of a submission, and refuses every other body with a sentence that says why."""

import json
import re
from collections.abc import Container
from typing import Final

from server.errors import BadRequest, TooLarge, UnsupportedMediaType

MAX_BODY_BYTES = 16 * 1024
DEEPEST = 2  # one more than we accept: a list as a value is then refused by its name
LONGEST_KEY_SHOWN = 40

_JSON_TYPE = re.compile(r'application/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?[ \t]*', re.IGNORECASE)
# A whole string, or one bracket. Possessive, and an open string runs to the end, so the time is linear in the length.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_DEEPER = {"[": 1, "{": 1, "]": -1, "}": -1}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class _Pairs(list[tuple[str, object]]):
    """An object as it was written, with its duplicate keys."""


class _Number:
    """Stands for any number, NaN and Infinity too; we take none, so none is worked out."""


_NUMBER: Final = _Number()
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_Pairs,
    parse_int=lambda _: _NUMBER,
    parse_float=lambda _: _NUMBER,
    parse_constant=lambda _: _NUMBER,
)


def read_object(body: bytes, *, keys: Container[str], content_type: str | None) -> dict[str, str | bool]:
    """Return the object that ``body`` holds: known ``keys`` only, each at most once, each text or true or false.

    A key whose value is null is left out. Raises ``UnsupportedMediaType`` unless the content type is exactly JSON (a
    page of another origin cannot send that without asking first), ``TooLarge``, and ``BadRequest`` for the rest.
    """
    if not _JSON_TYPE.fullmatch(content_type or ""):
        raise UnsupportedMediaType("the body must be sent as Content-Type: application/json")
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(f"the body must not be longer than {MAX_BODY_BYTES} bytes")
    fields: dict[str, str | bool] = {}
    seen: set[str] = set()
    for key, value in _parse(_decode(body)):
        if key not in keys:
            raise BadRequest(f"{_shown(key)} is not a key that we know")
        if key in seen:
            raise BadRequest(f"{_shown(key)} is given more than once")
        seen.add(key)
        if value is not None:
            fields[key] = _checked(key, value)
    return fields


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest("the body must be UTF-8") from error


def _parse(text: str) -> _Pairs:
    """Return the pairs of the one object that ``text`` is; its depth is measured before the parser, which recurses."""
    if text.count("{") + text.count("[") > DEEPEST:
        _refuse_depth(text)
    try:
        parsed = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise BadRequest(f"the body must be JSON: {error.msg} at character {error.pos}") from error
    if not isinstance(parsed, _Pairs):
        raise BadRequest("the body must be one JSON object")
    return parsed


def _refuse_depth(text: str) -> None:
    """Refuse what is nested; brackets inside of strings are text."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        depth += _DEEPER.get(match[0], 0)
        if depth > DEEPEST:
            raise BadRequest("the body must be one flat JSON object, this one is nested")


def _checked(key: str, value: object) -> str | bool:
    if not isinstance(value, str | bool):
        raise BadRequest(f"{_shown(key)} must be text, true, false or null")
    if isinstance(value, str) and _UNSTORABLE.search(value):
        raise BadRequest(f"{_shown(key)} contains a character that no text can have")
    return value


def _shown(key: str) -> str:
    """Return the key in quotes, short, and in ASCII, for it may be the very thing that is wrong."""
    return ascii(key[:LONGEST_KEY_SHOWN])
