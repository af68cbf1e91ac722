"""Answers that many ask for are made and packed once, and forgotten before they are too many."""

import gzip
import json

import brotli
import pytest
from flask import Flask

from server.web.caching import RESPONSE_CACHE_SIZE, ResponseCache, respond


class Maker:
    def __init__(self, value):
        self.value, self.calls = value, 0

    def __call__(self):
        self.calls += 1
        return self.value


def test_an_answer_is_made_once_for_each_key():
    answers, maker = ResponseCache(), Maker({"a": 1})
    first, second = answers.get("key", maker), answers.get("key", maker)
    answers.get("other key", maker)

    assert first is second
    assert maker.calls == 2


def test_an_answer_is_compact_json_in_the_readers_script():
    answer = ResponseCache().get("key", Maker({"name": "Անի", "list": [1, None]}))

    assert answer.body == '{"name":"Անի","list":[1,null]}'.encode()
    assert json.loads(answer.body) == {"name": "Անի", "list": [1, None]}


def test_the_validator_follows_the_body():
    answers = ResponseCache()
    one, same, other = (answers.get(key, Maker(value)) for key, value in ((1, "a"), (2, "a"), (3, "b")))

    assert one.etag == same.etag != other.etag


def test_a_flood_of_different_questions_does_not_fill_the_memory():
    answers, maker = ResponseCache(), Maker({})
    for number in range(10 * RESPONSE_CACHE_SIZE):
        answers.get(number, maker)

    assert len(answers._kept) <= RESPONSE_CACHE_SIZE


def test_what_could_not_be_made_is_not_kept():
    answers = ResponseCache()

    def fails():
        raise LookupError

    with pytest.raises(LookupError):
        answers.get("key", fails)
    assert answers.get("key", Maker("well")).body == b'"well"'


@pytest.mark.parametrize(
    ("asked", "status"), [(None, 200), ('"other"', 200), ('"{}"', 304), ('W/"{}"', 304), ("*", 304)]
)
def test_what_is_known_is_not_sent_again(asked, status):
    answer = ResponseCache().get("key", Maker("well"))
    headers = {"If-None-Match": asked.format(answer.etag)} if asked else {}
    with Flask("x").test_request_context(headers=headers):
        response = respond(answer)

    assert response.status_code == status
    assert response.get_data() == (b'"well"' if status == 200 else b"")
    assert response.headers["ETag"] == f'"{answer.etag}"'
    assert response.headers["Cache-Control"] == "public, max-age=5"


LONG = {"words": ["river"] * 200}
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


def sent(answer, **headers: str):
    asked = {name.replace("_", "-"): value for name, value in headers.items()}
    with Flask("x").test_request_context(headers=asked):
        response = respond(answer)
        return response, response.get_data()


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        *(("gzip, deflate, br, zstd", "br"), ("gzip, deflate", "gzip"), ("br;q=0, gzip", "gzip"), ("*", "br")),
        *(("identity", None), ("deflate", None), ("", None)),
    ],
)
def test_an_answer_comes_as_small_as_the_browser_takes_it(accepted, coding):
    answer = ResponseCache().get("key", Maker(LONG))
    response, body = sent(answer, Accept_Encoding=accepted)

    assert response.headers.get("Content-Encoding") == coding
    assert json.loads(UNPACK[coding](body)) == LONG
    assert (len(body) < 60) is (coding is not None)
    assert "Accept-Encoding" in response.headers["Vary"]


def test_each_packing_has_a_validator_of_its_own_and_is_packed_once():
    answer = ResponseCache().get("key", Maker(LONG))
    tags = {coding: sent(answer, Accept_Encoding=coding)[0].headers["ETag"] for coding in ("br", "gzip", "identity")}

    assert len(set(tags.values())) == 3
    for coding in tags:
        known = {
            other
            for other, tag in tags.items()
            if sent(answer, Accept_Encoding=coding, If_None_Match=tag)[0].status_code == 304
        }
        assert known == {coding}
    with Flask("x").test_request_context(headers={"Accept-Encoding": "br"}):
        assert answer.encoded() is answer.encoded()
