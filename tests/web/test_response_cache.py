"""Answers that many ask for are packed once for each encoding."""

import gzip
import json

import brotli
import pytest
from flask import Flask

from server.web.caching import make_json_body, respond


def test_an_answer_is_compact_json_in_the_readers_script():
    answer = make_json_body({"name": "Անի", "list": [1, None]})

    assert answer.body == '{"name":"Անի","list":[1,null]}'.encode()
    assert json.loads(answer.body) == {"name": "Անի", "list": [1, None]}


def test_the_validator_follows_the_body():
    one, same, other = map(make_json_body, ("a", "a", "b"))

    assert one.etag == same.etag != other.etag


@pytest.mark.parametrize(
    ("asked", "status"), [(None, 200), ('"other"', 200), ('"{}"', 304), ('W/"{}"', 304), ("*", 304)]
)
def test_what_is_known_is_not_sent_again(asked, status):
    answer = make_json_body("well")
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
    answer = make_json_body(LONG)
    response, body = sent(answer, Accept_Encoding=accepted)

    assert response.headers.get("Content-Encoding") == coding
    assert json.loads(UNPACK[coding](body)) == LONG
    assert (len(body) < 60) is (coding is not None)
    assert "Accept-Encoding" in response.headers["Vary"]


def test_each_packing_has_a_validator_of_its_own_and_is_packed_once():
    answer = make_json_body(LONG)
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
