"""Answers that many ask for are made once, and forgotten before they are too many."""

import json

import pytest
from flask import Flask

from server.web.answers import MOST, Answers, respond


class Maker:
    def __init__(self, value):
        self.value, self.calls = value, 0

    def __call__(self):
        self.calls += 1
        return self.value


def test_an_answer_is_made_once_for_each_key():
    answers, maker = Answers(), Maker({"a": 1})
    first, second = answers.get("key", maker), answers.get("key", maker)
    answers.get("other key", maker)

    assert first is second
    assert maker.calls == 2


def test_an_answer_is_compact_json_in_the_readers_script():
    answer = Answers().get("key", Maker({"name": "Անի", "list": [1, None]}))

    assert answer.body == '{"name":"Անի","list":[1,null]}'.encode()
    assert json.loads(answer.body) == {"name": "Անի", "list": [1, None]}


def test_the_validator_follows_the_body():
    answers = Answers()
    one, same, other = (answers.get(key, Maker(value)) for key, value in ((1, "a"), (2, "a"), (3, "b")))

    assert one.etag == same.etag != other.etag


def test_a_flood_of_different_questions_does_not_fill_the_memory():
    answers, maker = Answers(), Maker({})
    for number in range(10 * MOST):
        answers.get(number, maker)

    assert len(answers._kept) <= MOST


def test_what_could_not_be_made_is_not_kept():
    answers = Answers()

    def fails():
        raise LookupError

    with pytest.raises(LookupError):
        answers.get("key", fails)
    assert answers.get("key", Maker("well")).body == b'"well"'


@pytest.mark.parametrize(
    ("asked", "status"), [(None, 200), ('"other"', 200), ('"{}"', 304), ('W/"{}"', 304), ("*", 304)]
)
def test_what_is_known_is_not_sent_again(asked, status):
    answer = Answers().get("key", Maker("well"))
    headers = {"If-None-Match": asked.format(answer.etag)} if asked else {}
    with Flask("x").test_request_context(headers=headers):
        response = respond(answer)

    assert response.status_code == status
    assert response.get_data() == (b'"well"' if status == 200 else b"")
    assert response.headers["ETag"] == f'"{answer.etag}"'
    assert response.headers["Cache-Control"] == "public, max-age=5"
