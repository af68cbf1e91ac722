"""Statement files: what an organiser writes, what we understand, and how we say what is wrong."""

import hashlib
import json
import subprocess
import unicodedata
from dataclasses import asdict
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.statement_file import (
    BODY_LONGEST_BYTES,
    KNOWN_KEYS,
    SharedValues,
    StatementFile,
    StatementFileError,
    read_statement,
    text_sha256,
)

SMALLEST = {"slug": '"lake-letter"', "locale": '"en"', "title": '"Keep the lake open"'}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
TOML_VALUES = st.sampled_from(
    [
        *("1", "-1", "1.5", "nan", "inf", "true", '""', '"x"', '"Asia/Yerevan"', "10:00:00", "{}"),
        *("[]", "[1]", '["name"]', '["title", "title"]'),
        *("2026-01-01", "2026-01-01T10:00:00", "2026-01-01T10:00:00Z", "0001-01-01T00:00:00Z"),
    ]
)


def written(body: str = "We ask for the lake.", **values: str) -> str:
    table = SMALLEST | values
    return "+++\n" + "".join(f"{key} = {value}\n" for key, value in table.items()) + f"+++\n\n{body}\n"


def problems(source: str) -> dict[str, str]:
    with pytest.raises(StatementFileError) as caught:
        read_statement(source)
    return dict(caught.value.problems)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_a_whole_file_is_understood():
    statement = read_statement(
        written(
            "# The lake\r\n\r\nWe ask.  \r\n",
            place='"Sevan"',
            date="2026-11-20",
            event="2026-11-30T19:00:00",
            timezone='"Asia/Yerevan"',
            eligibility='"People who live by the lake may sign."',
            goal="5000",
            opens="2026-11-20",
            closes="2026-12-20",
            kinds='["individual", "organisation"]',
            fields='["title", "city"]',
            required='["city"]',
            moderation='"organisations"',
            visibilities='["name", "counted"]',
            newsletter="true",
            discreet="false",
            reply_to='"Desk@NGO.example"',
            mailbox_seats="1",
            keep_contacts="false",
        )
    )

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
            kinds=("individual", "organisation"),
            fields=("title", "city"),
            required=("city",),
            moderation="organisations",
            visibilities=("name", "counted"),
            newsletter=True,
            discreet=False,
            reply_to="Desk@ngo.example",
            mailbox_seats=1,
            keep_contacts=False,
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

    assert list(found) == ["locle", "body", "slug", "title", "opens", "goal", "kinds", "required"]
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
        ("reply_to", '"Desk <desk@ngo.example>"'),
        ("reply_to", '"a@ngo.example, b@ngo.example"'),
        ("mailbox_seats", "3"),
        ("keep_contacts", "0"),
    ],
)
def test_a_wrong_value_is_the_problem_of_its_key_alone(key, value):
    assert list(problems(written(**{key: value}))) == [key]


@pytest.mark.parametrize(
    ("key", "value"), [("title", '"' + "x" * 300 + '"'), ("goal", "100_000_000"), ("fields", "[]")]
)
def test_the_limits_themselves_are_allowed(key, value):
    assert read_statement(written(**{key: value}))


@pytest.mark.parametrize(("length", "fits"), [(BODY_LONGEST_BYTES, True), (BODY_LONGEST_BYTES + 1, False)])
def test_the_body_has_a_limit_in_bytes(length, fits):
    source = written("x" * length)

    assert read_statement(source).body if fits else list(problems(source)) == ["body"]


def test_a_wrong_timezone_is_one_problem_and_not_one_for_each_time():
    found = problems(written(timezone='"Sevan"', opens="2026-11-20", closes="2026-12-20", event="2026-11-30T19:00:00"))

    assert list(found) == ["timezone"]


@pytest.mark.parametrize("key", ["opens", "closes", "event"])
def test_a_time_that_the_clocks_skip_is_refused_under_its_key(key):
    found = problems(written(timezone='"Europe/Paris"', **{key: "2026-03-29T02:30:00"}))

    assert list(found) == [key]
    assert "skipped" in found[key]


def test_an_offset_needs_no_timezone():
    assert read_statement(written(opens="2026-11-20T10:00:00+04:00")).shared.opens == at("2026-11-20T06:00:00Z")


@pytest.mark.parametrize(
    ("opens", "closes", "right"),
    [
        ("2026-11-20", "2026-11-20", True),
        ("2026-11-20T10:00:00", "2026-11-20T10:00:01", True),
        ("2026-11-20T10:00:00", "2026-11-20T10:00:00", False),
        ("2026-11-21", "2026-11-20", False),
        ("2026-11-20T10:00:00Z", "2026-11-20T13:00:00", False),  # earlier, though it looks later
    ],
)
def test_a_statement_closes_after_it_opens(opens, closes, right):
    source = written(timezone='"Asia/Yerevan"', opens=opens, closes=closes)

    assert read_statement(source) if right else list(problems(source)) == ["closes"]


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


# Fingerprints


def test_the_fingerprint_is_the_documented_bytes():
    said = '["Keep “it”","Line\\nbreak","Body with \\"quotes\\" and \\\\ and ք"]'

    assert (
        text_sha256("Keep “it”", "Line\nbreak", 'Body with "quotes" and \\ and ք')
        == hashlib.sha256(said.encode()).hexdigest()
    )


def test_a_missing_eligibility_is_null_and_not_an_empty_one():
    assert text_sha256("a", None, "b") == hashlib.sha256(b'["a",null,"b"]').hexdigest()
    assert text_sha256("a", None, "b") != text_sha256("a", "", "b")


def test_a_stranger_recomputes_it_with_standard_tools():
    """Printed by hand and hashed by coreutils; the text is the file's, as it stands in the data answer."""
    statement = read_statement(written("Բաց լիճ"))

    recomputed = subprocess.run(
        ["sha256sum"], input='["Keep the lake open",null,"Բաց լիճ"]'.encode(), capture_output=True, check=True
    ).stdout.split()[0]

    assert text_sha256(statement.title, statement.eligibility, statement.body) == recomputed.decode()


@given(title=TEXTS, eligibility=st.none() | TEXTS, body=TEXTS)
def test_another_spelling_of_the_same_text_has_the_same_fingerprint(title, eligibility, body):
    def elsewhere(text):
        return text and unicodedata.normalize("NFD", text.replace("\r\n", "\n").replace("\r", "\n")).replace(
            "\n", "\r\n"
        )

    assert text_sha256(title, eligibility, body) == text_sha256(
        elsewhere(title), elsewhere(eligibility), elsewhere(body)
    )


@given(one=st.tuples(TEXTS, st.none() | TEXTS, TEXTS), other=st.tuples(TEXTS, st.none() | TEXTS, TEXTS))
def test_different_texts_have_different_fingerprints(one, other):
    def plain(parts):
        lines = [part and part.replace("\r\n", "\n").replace("\r", "\n") for part in parts]
        return json.dumps([part if part is None else unicodedata.normalize("NFC", part) for part in lines])

    assert (text_sha256(*one) == text_sha256(*other)) == (plain(one) == plain(other))


def test_texts_merely_joined_would_let_a_word_wander():
    """The twin: without the array, a sentence moved from the eligibility into the body goes unnoticed."""
    signed, altered = ("Lake", "Anyone", "may sign"), ("Lake", "", "Anyonemay sign")

    assert hashlib.sha256("".join(signed).encode()).digest() == hashlib.sha256("".join(altered).encode()).digest()
    assert text_sha256(*signed) != text_sha256(*altered)


def test_the_fingerprint_of_a_statement_stays_what_it_is():
    """Stored beside every signature: a change of the layout would orphan them all."""
    assert text_sha256("T", "E", "B") == "b4c92fb06d2ac14bfcf86bea0ac2c95a1d4605bcd698500b7a6c68a315b2c0d4"


def test_a_moment_is_whole_seconds_since_1970():
    assert read_statement(written(opens="2026-11-20T10:00:00Z")).shared.opens == int(
        datetime(2026, 11, 20, 10, tzinfo=UTC).timestamp()
    )
