"""Every error is answered: as a problem to programs, as a page to people, and without a word too many."""

import pytest

from server.errors import Code, Invalid, NotFound, SettingsError, TooMany, Unavailable, UndersignedError
from server.web.errors import error_response, to_minutes
from tests.conftest import BASE_URL
from tests.web.reading import Page
from tests.web.scene import DATA, PAGE, SIGN


def every(error=UndersignedError):
    yield error
    for child in error.__subclasses__():
        yield from every(child)


@pytest.mark.parametrize("path", ["/api/", "/api/v1/no-such", "/api/v2/statements/x", "/admin/no-such.csv"])
def test_programs_get_a_problem_for_an_unknown_address(client, statement, path):
    found = client.get(path)

    assert (found.status_code, found.mimetype) == (404, "application/problem+json")
    assert found.json == {
        "type": "about:blank",
        "title": "This statement does not exist or has been removed.",
        "status": 404,
        "code": "not-found",
    }


@pytest.mark.parametrize(
    ("path", "words"),
    [
        *(
            (path, "Page not found")
            for path in ("/no-such", "/s/", "/s", "/confirm/", "/apix", "/favicon.ico", "/s/x/y/z")
        ),
        ("/admin/no-such", "This page does not exist"),
    ],
)
def test_people_get_a_page_for_an_unknown_address(client, statement, path, words):
    found = client.get(path)

    assert (found.status_code, found.mimetype) == (404, "text/html")
    assert words in Page(found).words


def test_the_page_speaks_the_visitors_language(client):
    english, french = (Page(client.get("/no-such", headers={"Accept-Language": tag})) for tag in ("el", "fr, en"))

    assert ("html", {"lang": "en", "dir": "ltr"}) in english.tags
    assert ("html", {"lang": "fr", "dir": "ltr"}) in french.tags
    assert "Page not found" not in french.words


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", DATA, {"GET", "HEAD", "OPTIONS"}),
        ("POST", DATA, {"GET", "HEAD", "OPTIONS"}),
        ("GET", SIGN, {"POST", "OPTIONS"}),
        ("DELETE", PAGE, {"GET", "HEAD", "POST", "OPTIONS"}),
        ("GET", "/confirm/x/resend", {"POST", "OPTIONS"}),
        ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_told_which_ones_are_right(client, statement, method, path, allowed):
    found = client.open(path, method=method)

    assert found.status_code == 405
    assert {name.strip() for name in found.headers["Allow"].split(",")} == allowed
    if path.startswith("/api/"):
        assert found.json["code"] == "method-not-allowed"
        assert found.json["title"] == "This address does not accept this kind of request."


def raise_in(app, error):
    app.add_url_rule("/api/v1/raises", view_func=raising(error), endpoint="raises-json")
    app.add_url_rule("/raises", view_func=raising(error), endpoint="raises-page")


def raising(error):
    def view():
        raise error

    return view


def test_what_we_did_not_expect_is_a_problem_without_its_secret(app, client):
    raise_in(app, ValueError("the secret of the house"))
    problem, page = client.get("/api/v1/raises"), client.get("/raises")

    assert (problem.status_code, problem.json["code"]) == (500, "internal")
    assert (page.status_code, page.mimetype) == (500, "text/html")
    for found in (problem, page):
        assert b"secret" not in found.data
        assert found.headers["Cache-Control"] == "no-store"
        assert found.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.sqlite
def test_what_is_wrong_with_the_installation_is_for_the_log_alone(client, db, tmp_path, caplog):
    db.close()
    (tmp_path / "undersigned.db").unlink()
    found = client.get(DATA)

    assert (found.status_code, found.json["code"]) == (500, "internal")
    assert str(tmp_path).encode() not in found.data
    assert str(tmp_path) in caplog.text


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_every_error_of_ours_has_words_that_are_not_those_of_a_fault(app, locale):
    fault = "Something went wrong"
    ours = [error for error in every() if error.__module__ == "server.errors"]  # the others are the command line's
    codes = {error.code for error in ours if 400 <= error.status < 500} - {"link-expired"}  # that has a page of its own

    with app.test_request_context(f"/api/v1/x?locale={locale}"):
        for code in codes:
            assert fault not in error_response(code, 400).json["title"], code
            assert error_response(code, 400).json["title"] != code


def test_fields_and_details_reach_the_program(app, client):
    raise_in(app, Invalid({"email": ["not-an-address"], "name": ["required", Code("too-long", most=200)]}))

    found = client.get("/api/v1/raises").json
    assert found["fields"] == {"email": ["not-an-address"], "name": ["required", "too-long"]}
    too_long = "This is too long. Use at most 200 characters."
    assert found["messages"]["name"] == ["Please fill this in.", too_long]
    assert "email" in found["detail"]


@pytest.mark.parametrize(("error", "wait"), [(TooMany(61), "61"), (Unavailable("busy"), "5"), (NotFound("x"), None)])
def test_who_may_come_again_is_told_when(app, client, error, wait):
    raise_in(app, error)

    for path in ("/raises", "/api/v1/raises"):
        assert client.get(path).headers.get("Retry-After") == wait


def test_the_wait_is_told_in_words_and_never_shorter_than_it_is(app, client):
    raise_in(app, TooMany(61))

    assert "wait 2 minutes" in client.get("/api/v1/raises").json["title"]
    assert "wait 2 minutes" in Page(client.get("/raises")).words
    assert [to_minutes(seconds) for seconds in (None, 1, 60, 61, 3600)] == [None, 1, 1, 2, 60]


def test_errors_of_the_command_line_exist_outside_the_web_too():
    assert {SettingsError, TooMany} <= set(every())


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "a b"},
        {"Host": "evil.example:notaport"},
        {"Host": "[::1"},
        {"Accept-Language": "x" * 5000},
        {"Accept-Language": ";;q=,,=;é"},
        {"If-None-Match": '"' * 300},
        {"Content-Length": "-1"},
        {"Content-Length": "nonsense"},
        {"Cookie": "session=\x7f" + "x" * 3000},
        {"Range": "bytes=9999999-"},
        {"Authorization": "Basic " + "x" * 3000},
    ],
)
def test_odd_headers_are_no_fault_of_ours(client, statement, headers):
    for path in (DATA, PAGE, "/no-such", "/static/desk.css", "/admin/statements/open-rivers/signatures.csv"):
        assert client.get(path, headers=headers, buffered=True).status_code < 500
    assert client.post(SIGN, headers={"Origin": BASE_URL} | headers).status_code < 500
