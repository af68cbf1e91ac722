"""The strict reader of submissions: one flat object of text and truth, or a sentence that says what is wrong."""

import json
import time

import pytest
from flask import Flask, request
from hypothesis import example, given
from hypothesis import strategies as st

from server.errors import BadRequest, TooLarge, UnsupportedMediaType
from server.web.public.submission import BODY_MAX_BYTES, read_object

KEYS = frozenset({"name", "email", "comment", "newsletter"})
JSON = "application/json"


def read(body: bytes | str, content_type: str | None = JSON) -> dict[str, str | bool]:
    return read_object(body.encode() if isinstance(body, str) else body, keys=KEYS, content_type=content_type)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("{}", {}),
        (' \r\n\t{ "name" : "Ani" } \n', {"name": "Ani"}),
        ('{"name": "Գևորգյան", "newsletter": true}', {"name": "Գևորգյան", "newsletter": True}),
        ('{"newsletter": false}', {"newsletter": False}),
        ('{"name": null, "email": "a@b.example"}', {"email": "a@b.example"}),
        ('{"name": ""}', {"name": ""}),
        ('{"name": "\\ud83d\\ude00"}', {"name": "😀"}),
        ('{"n\\u0061me": "Ani"}', {"name": "Ani"}),
        ('{"comment": "[[[[{{{{ \\" ]] \\\\"}', {"comment": '[[[[{{{{ " ]] \\'}),
        ('{"comment": "one\\nline\\tand more"}', {"comment": "one\nline\tand more"}),
        ('{"comment": "NaN, 1e999, null"}', {"comment": "NaN, 1e999, null"}),
    ],
)
def test_a_flat_object_is_read(body, fields):
    assert read(body) == fields


def test_a_body_of_just_the_size_is_read():
    around = len('{"comment": ""}')
    text = "x" * (BODY_MAX_BYTES - around)

    assert read(f'{{"comment": "{text}"}}') == {"comment": text}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        "application/json; charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/json ",
    ],
)
def test_the_content_type_is_json(content_type):
    assert read("{}", content_type) == {}


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonp",
        "application/json-patch+json",
        "application/problem+json",
        "application/json, text/plain",
        "application/json; charset=utf-7",
        "application/json; charset=utf-16",
        "application/json; charset=utf-8; charset=utf-7",
        "application/json; boundary=x",
        "application/json;",
        "application/json\n",
        "*/*",
    ],
)
def test_another_content_type_is_refused_for_a_foreign_page_can_send_it_without_asking(content_type):
    with pytest.raises(UnsupportedMediaType, match="application/json"):
        read("{}", content_type)


NESTED = "[" * 5000
REFUSED = {
    "empty": (b"", "JSON"),
    "cut off": (b'{"name": "Ani"', "JSON"),
    "two objects": (b"{}{}", "JSON"),
    "single quotes": (b"{'name': 'Ani'}", "JSON"),
    "trailing comma": (b'{"name": "Ani",}', "JSON"),
    "top-level null": (b"null", "one JSON object"),
    "top-level text": (b'"name"', "one JSON object"),
    "top-level array": (b'["name"]', "one JSON object"),
    "top-level array of pairs": (b'[["name", "Ani"]]', "one JSON object"),
    "top-level number": (b"1", "one JSON object"),
    "top-level NaN": (b"NaN", "one JSON object"),
    "array as value": (b'{"name": ["Ani"]}', "'name' must be text"),
    "object as value": (b'{"email": {}}', "'email' must be text"),
    "number as value": (b'{"name": 1}', "'name' must be text"),
    "fraction as value": (b'{"name": 1.5}', "'name' must be text"),
    "number of 30 digits": (b'{"name": 123456789012345678901234567890}', "'name' must be text"),
    "number of 5000 digits": (b'{"name": ' + b"9" * 5000 + b"}", "'name' must be text"),
    "number too large for a float": (b'{"name": 1e999}', "'name' must be text"),
    "NaN": (b'{"name": NaN}', "'name' must be text"),
    "Infinity": (b'{"name": -Infinity}', "'name' must be text"),
    "nested arrays": (NESTED.encode(), "nested"),
    "nested and closed": (b'{"name":' + b"[" * 5000 + b"]" * 5000 + b"}", "nested"),
    "nested objects": (b'{"name":' * 1500, "nested"),
    "nested behind a string with a quote": (b'{"name": "\\"", "email": [[[[]]]]}', "nested"),
    "nested behind a closing bracket": (b"]]]]" + NESTED.encode(), "JSON|nested"),
    "unknown key": (b'{"name": "Ani", "admin": true}', "'admin' is not a key"),
    "unknown key that is null": (b'{"state": null}', "'state' is not a key"),
    "key in other letters": (b'{"Name": "Ani"}', "'Name' is not a key"),
    "unknown key with a surrogate": (b'{"\\ud800": "x"}', r"'\\ud800' is not a key"),
    "duplicate key": (b'{"name": "Ani", "name": "Eve"}', "'name' is given more than once"),
    "duplicate key, once escaped": (b'{"name": "Ani", "n\\u0061me": "Eve"}', "'name' is given more than once"),
    "duplicate key, once null": (b'{"name": null, "name": "Eve"}', "'name' is given more than once"),
    "escaped lone surrogate": (b'{"name": "\\ud800"}', "'name' contains"),
    "escaped surrogates the wrong way round": (b'{"name": "\\ude00\\ud83d"}', "'name' contains"),
    "escaped NUL": (b'{"name": "A\\u0000B"}', "'name' contains"),
    "bare NUL": (b'{"name": "A\x00B"}', "JSON"),
    "bare control character": (b'{"name": "A\x1bB"}', "JSON"),
    "UTF-16": ('{"name": "Ani"}'.encode("utf-16"), "UTF-8"),
    "UTF-16 without its mark": ('{"name": "Ani"}'.encode("utf-16-le"), "JSON"),
    "UTF-32": ('{"name": "Ani"}'.encode("utf-32-be"), "JSON"),
    "byte order mark": (b"\xef\xbb\xbf{}", "JSON"),
    "overlong slash": (b'{"name": "\xc0\xaf"}', "UTF-8"),
    "overlong NUL": (b'{"name": "\xc0\x80"}', "UTF-8"),
    "surrogate in UTF-8": (b'{"name": "\xed\xa0\x80"}', "UTF-8"),
    "latin-1": ('{"name": "Zoë"}'.encode("latin-1"), "UTF-8"),
    "cut-off letter": (b'{"name": "\xd4"}', "UTF-8"),
    "UTF-7": (b"+AHsAIgBuAGEAbQBlACIAOgAiAEEAIgB9-", "JSON"),
}


@pytest.mark.parametrize(("body", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_a_flat_object_is_refused_with_a_sentence_that_says_why(body, sentence):
    with pytest.raises(BadRequest, match=sentence) as refusal:
        read(body)

    assert str(refusal.value).isascii()
    assert len(str(refusal.value)) < 120


@pytest.mark.parametrize("size", [BODY_MAX_BYTES + 1, 1024 * 1024])
def test_a_body_over_the_size_is_refused_before_it_is_looked_at(size):
    with pytest.raises(TooLarge, match=str(BODY_MAX_BYTES)):
        read(b"\xff" * size)


@pytest.mark.parametrize(
    "body",
    [
        b'"' + b'\\"' * 8000,
        b'{"name": "' + b"\\" * 16000,
        b'"' * 16000,
        b"[]" * 8000,
        b"{" * 16000,
        b'"\\' * 8000,
        b" " * 16000,
        b'{"name":' + b"1" * 16000,
    ],
    ids=["escaped quotes", "backslashes", "quotes", "brackets", "braces", "open escapes", "blanks", "digits"],
)
def test_no_body_takes_long_to_refuse(body):
    began = time.process_time()
    with pytest.raises(BadRequest):
        read(body)

    assert time.process_time() - began < 0.2


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, "other"]), inner, max_size=4),
    max_leaves=8,
)
bodies = (
    st.binary(max_size=200)
    | st.text(st.sampled_from('{}[]":,\\ \nnametrufls0123é\ud800'), max_size=60).map(
        lambda text: text.encode("utf-8", "surrogatepass")
    )
    | json_values.map(lambda value: json.dumps(value).encode())
)


@given(bodies)
@example(b'{"name": "\\')
def test_any_bytes_are_either_read_or_refused_and_what_is_read_can_be_stored(body):
    try:
        fields = read(body)
    except BadRequest:
        return
    assert fields.keys() <= KEYS
    for value in fields.values():
        assert isinstance(value, str | bool)
        if isinstance(value, str):
            assert "\0" not in value
            value.encode()


@given(
    st.dictionaries(
        st.sampled_from(sorted(KEYS)), st.text(st.characters(codec="utf-8", exclude_characters="\0")) | st.booleans()
    )
)
def test_every_flat_object_comes_back_as_it_was_sent(fields):
    for ascii_only in (True, False):
        assert read(json.dumps(fields, ensure_ascii=ascii_only)) == fields


@pytest.fixture
def stock():
    """The twin: Flask's own reader, and a view that does with the name what any view would."""
    app = Flask("stock")
    app.add_url_rule("/", methods=["POST"], view_func=lambda: {"name": request.get_json()["name"].encode().decode()})
    return app.test_client()


@pytest.mark.parametrize(
    "name", ["top-level null", "nested arrays", "number as value", "NaN", "escaped lone surrogate", "array as value"]
)
def test_flasks_own_reader_turns_these_into_500(stock, name):
    assert stock.post("/", data=REFUSED[name][0], content_type=JSON).status_code == 500


@pytest.mark.parametrize("name", ["UTF-16", "UTF-16 without its mark", "duplicate key", "escaped NUL", "unknown key"])
def test_flasks_own_reader_accepts_these(stock, name):
    assert stock.post("/", data=REFUSED[name][0], content_type=JSON).status_code == 200


def test_flasks_own_reader_believes_any_charset(stock):
    assert stock.post("/", data=b'{"name": "x"}', content_type="application/json; charset=utf-7").status_code == 200
