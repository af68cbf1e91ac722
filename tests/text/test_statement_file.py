"""Statement files: what an organiser writes, what we understand, and how we say what is wrong."""

from dataclasses import asdict
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.statement_file import (
    BODY_LONGEST_BYTES,
    KNOWN_KEYS,
    SharedValues,
    StatementFile,
    StatementFileError,
    read_statement,
)
from tests.text.statement_files import at, problems, written

EVERY_KEY = {
    "place": '"Sevan"',
    "date": "2026-11-20",
    "event": "2026-11-30T19:00:00",
    "timezone": '"Asia/Yerevan"',
    "eligibility": '"People who live by the lake may sign."',
    "goal": "5000",
    "opens": "2026-11-20",
    "closes": "2026-12-20",
    "kinds": '["individual", "organisation"]',
    "fields": '["title", "city"]',
    "required": '["city"]',
    "moderation": '"organisations"',
    "visibilities": '["name", "counted"]',
    "newsletter": "true",
    "discreet": "false",
    "indexed": "true",
    "short_form": "false",
    "reply_to": '"Desk@NGO.example"',
    "mailbox_seats": "1",
    "keep_contacts": "false",
    "anonymise_after_days": "180",
}
TOML_VALUES = st.sampled_from(
    [
        *("1", "-1", "1.5", "nan", "inf", "true", '""', '"x"', '"Asia/Yerevan"', "10:00:00", "{}"),
        *("[]", "[1]", '["name"]', '["title", "title"]'),
        *("2026-01-01", "2026-01-01T10:00:00", "2026-01-01T10:00:00Z", "0001-01-01T00:00:00Z"),
    ]
)


def test_a_whole_file_is_understood():
    statement = read_statement(written("# The lake\r\n\r\nWe ask.  \r\n", **EVERY_KEY))

    assert statement == StatementFile(
        slug="lake-letter",
        locale="en",
        title="Keep the lake open",
        place="Sevan",
        date=date(2026, 11, 20),
        eligibility="People who live by the lake may sign.",
        body="# The lake\n\nWe ask.",
        shared=SharedValues(
            opens=at("2026-11-19T20:00:00Z"),
            closes=at("2026-12-20T19:59:59Z"),
            event=at("2026-11-30T15:00:00Z"),
            timezone="Asia/Yerevan",
            goal=5000,
            count_from=None,
            names_from=None,
            list_from=None,
            kinds=("individual", "organisation"),
            fields=("title", "city"),
            required=("city",),
            moderation="organisations",
            confirm=None,
            visibilities=("name", "counted"),
            newsletter=True,
            discreet=False,
            indexed=True,
            short_form=False,
            reply_to="Desk@ngo.example",
            mailbox_seats=1,
            keep_contacts=False,
            anonymise_after_days=180,
        ),
    )


def test_the_smallest_file_says_nothing_that_it_was_not_told():
    statement = read_statement(written())

    assert (statement.place, statement.date, statement.eligibility) == (None, None, None)
    assert set(asdict(statement.shared).values()) == {None}


def test_every_value_has_its_key_and_every_key_its_value():
    statement = read_statement(written())

    fields = {*asdict(statement), *asdict(statement.shared)} - {"shared", "body"}

    assert fields == set(KNOWN_KEYS)


def test_all_problems_are_told_at_once_each_under_its_key():
    found = problems(
        '+++\nslug = "A"\nlocle = "en"\nlocale = "en"\ngoal = 0\nkinds = []\nopens = "soon"\nrequired = ["city"]\n+++\n'
    )

    assert list(found) == ["locle", "slug", "title", "body", "opens", "goal", "kinds", "required"]
    assert found["locle"].endswith('did you mean "locale"?')


def test_the_error_in_words_names_every_key():
    with pytest.raises(StatementFileError) as caught:
        read_statement(written(goal="0", slug='"A"'))

    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["slug", "goal"]
    assert (caught.value.code, caught.value.status) == ("statement-file", 422)


def test_a_file_that_is_no_statement_is_refused_as_a_whole():
    assert list(problems("Dear all,")) == ["+++"]
    assert list(problems("+++\ntitle = Lake\n+++\n")) == ["+++"]


@pytest.mark.parametrize("slug", ["ab", "a1", "2026", "lake-letter", "a-b-c", "x" * 64])
def test_a_slug_may_stand_in_an_address(slug):
    assert read_statement(written(slug=f'"{slug}"')).slug == slug


@pytest.mark.parametrize(
    "slug", ["", "a", "x" * 65, "-ab", "ab-", "a--b", "Lake", "lake_letter", "lake letter", "լիճ", "a/b", "..", "ab\\n"]
)
def test_any_other_slug_is_refused(slug):
    assert list(problems(written(slug=f'"{slug}"'))) == ["slug"]


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        *((tag, tag) for tag in ("en", "hy", "ka", "az", "tr", "uk", "ru", "ar", "fr", "de")),
        ("EN", "en"),
        ("pt-br", "pt-BR"),
        ("pt_BR", "pt-BR"),
        ("sr-latn", "sr-Latn"),
        ("zh-Hant", "zh-Hant"),
    ],
)
def test_a_locale_is_kept_as_a_language_tag(typed, tag):
    assert read_statement(written(locale=f'"{typed}"')).locale == tag


@pytest.mark.parametrize(
    "typed", ["", "xx", "english", "en-", "en us", "en.UTF-8", "../en", "e", "en-x-😀", "en-abc-def-ghi"]
)
def test_any_other_locale_is_refused(typed):
    assert list(problems(written(locale=f'"{typed}"'))) == ["locale"]


@pytest.mark.parametrize(("typed", "lost"), [("de-simple", "simple"), ("de-1996", "1996"), ("hy-arevmda", "arevmda")])
def test_a_locale_of_which_a_part_is_not_supported_is_refused_by_that_name(typed, lost):
    language = typed.partition("-")[0]

    assert problems(written(locale=f'"{typed}"')) == {
        "locale": f'"{lost}" in "{typed}" is not supported; use "{language}"'
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", '"' + "x" * 301 + '"'),
        ("title", '" "'),
        ("title", "7"),
        ("place", '"' + "x" * 301 + '"'),
        ("eligibility", '"' + "x" * 1001 + '"'),
        ("date", "2026-11-20T10:00:00"),
        ("event", "2026-11-30"),
        ("event", "2026-11-30T19:00:00"),
        ("opens", "2026-11-30"),
        ("timezone", '"Lake/Sevan"'),
        ("goal", "true"),
        ("goal", "0"),
        ("goal", "100_000_001"),
        ("kinds", '["people"]'),
        ("kinds", "[]"),
        ("fields", '["email"]'),
        ("required", '"city"'),
        ("moderation", "true"),
        ("moderation", '"some"'),
        ("visibilities", '["hidden"]'),
        ("visibilities", "[]"),
        ("newsletter", '"true"'),
        ("discreet", "1"),
        ("indexed", "1"),
        ("reply_to", '"Desk <desk@ngo.example>"'),
        ("reply_to", '"a@ngo.example, b@ngo.example"'),
        ("mailbox_seats", "3"),
        ("anonymise_after_days", "1"),
        ("anonymise_after_days", "3651"),
        ("keep_contacts", "0"),
    ],
)
def test_a_wrong_value_is_the_problem_of_its_key_alone(key, value):
    assert list(problems(written(**{key: value}))) == [key]


def test_a_discreet_statement_is_not_for_search_engines():
    assert list(problems(written(discreet="true", indexed="true"))) == ["indexed"]
    assert read_statement(written(discreet="true", indexed="false")).shared.discreet is True


@pytest.mark.parametrize(
    ("key", "value"), [("title", '"' + "x" * 300 + '"'), ("goal", "100_000_000"), ("fields", "[]")]
)
def test_the_limits_themselves_are_allowed(key, value):
    assert read_statement(written(**{key: value}))


@pytest.mark.parametrize(("length", "fits"), [(BODY_LONGEST_BYTES, True), (BODY_LONGEST_BYTES + 1, False)])
def test_the_body_has_a_limit_in_bytes(length, fits):
    source = written("x" * length)

    assert read_statement(source).body if fits else list(problems(source)) == ["body"]


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"fields": '["title", "city"]', "required": '["city"]'}, []),
        ({"fields": '["title"]', "required": "[]"}, []),
        ({"fields": '["title"]'}, []),
        ({"fields": '["title"]', "required": '["city"]'}, ["required"]),
        ({"required": '["city"]'}, ["required"]),
        ({"fields": '["town"]', "required": '["city"]'}, ["fields"]),
    ],
)
def test_only_what_is_asked_can_be_required(values, wrong):
    source = written(**values)

    assert read_statement(source) if not wrong else list(problems(source)) == wrong


@given(table=st.dictionaries(st.sampled_from(KNOWN_KEYS), TOML_VALUES))
def test_whatever_values_stand_under_the_keys_the_file_is_read_or_its_keys_are_named(table):
    try:
        told = read_statement(written(**table)) and ()
    except StatementFileError as error:
        told = error.problems

    assert {problem.key for problem in told} <= set(KNOWN_KEYS)
    assert all(problem.message for problem in told)


@given(key=st.from_regex(r"[a-z_]{1,20}", fullmatch=True).filter(lambda key: key not in KNOWN_KEYS))
def test_no_unknown_key_passes_unnoticed(key):
    assert list(problems(written(**{key: "1"}))) == [key]
