"""The canary: a link that signs is in no log, whatever happens on the way."""

import http.client
import logging
import re
import threading

import pytest
from werkzeug.serving import make_server

from server.web.security import REDACTED_LOGGERS, redact
from tests.web.scene import TICKED, own_link

GLUED = ["a.b.c).", "a.b.c%22", "a.b.c&gt;", "a.b.c»", "%22a.b.c", "<a.b.c>", "'a.b.c", "/a.b.c", "?a.b.c", "_a-.b"]


def token_of(link):
    return link.rpartition("/")[2]


def said(caplog):
    formatter = logging.Formatter()
    return "\n".join(formatter.format(record) + str(record.args) for record in caplog.records)


def break_the_database(db):
    with db.write() as tx:
        tx.run("ALTER TABLE statement_texts RENAME TO lost", {})


def test_the_link_is_in_no_log_on_any_way(client, link, caplog, clock):
    caplog.set_level(logging.DEBUG)
    client.get(link)
    client.post(link)
    client.post(link, headers={"Origin": "http://evil.example"})
    client.put(link)
    client.get(f"{link}x")
    client.post(link, data=TICKED)
    clock.forward(days=8)
    client.get(link)
    for press in ("resend", "change", "not-me"):
        client.post(f"{link}/{press}")

    assert token_of(link) not in said(caplog)


@pytest.mark.parametrize(
    ("before", "behind"), [("", ")."), ("", "/"), ("", "%22"), ("%22", ""), ("/", "»"), ("%20", " ")]
)
def test_a_link_with_glued_punctuation_is_in_no_log(client, link, db, caplog, before, behind):
    caplog.set_level(logging.DEBUG)
    page, _, token = link.rpartition("/")
    for broken in (False, True):
        if broken:
            break_the_database(db)
        for method in ("GET", "POST", "PUT"):
            client.open(f"{page}/{before}{token}{behind}", method=method, follow_redirects=True)

    assert token not in said(caplog)
    assert "Exception on /confirm/[redacted] [GET]" in caplog.text


def test_a_pattern_that_expects_the_token_at_once_would_leave_a_quoted_one_in_the_log():
    """The twin: the pattern that reads a token up to the first quote."""
    careless = re.compile(r"(/confirm/)[^/\s\"'?#]+")

    assert careless.sub(r"\1[redacted]", '/confirm/"a.b.c') == '/confirm/"a.b.c'
    assert redact('/confirm/"a.b.c') == "/confirm/[redacted]"


def test_the_link_of_the_signers_own_page_is_in_no_log_on_any_way(client, link, context, db, caplog, clock):
    client.post(link, data=TICKED)
    own = own_link(context, now=clock())
    caplog.set_level(logging.DEBUG)
    for broken in (False, True):
        if broken:
            break_the_database(db)
        for path in ("", "/data.json"):
            client.get(own + path)
        for path in ("/change", "/withdraw", "/news", "/erase"):
            client.post(own + path)
            client.post(own + path, headers={"Origin": "http://evil.example"})
            client.put(own + path)

    assert token_of(own) not in said(caplog)
    for path in ("[GET]", "/data.json [GET]", "/change [POST]", "/withdraw [POST]", "/erase [POST]"):
        assert f"Exception on /signature/[redacted]{'' if path[0] == '/' else ' '}{path}" in caplog.text


def test_the_link_is_in_no_log_when_something_breaks(client, link, db, caplog):
    caplog.set_level(logging.DEBUG)
    break_the_database(db)
    statuses = [client.get(link).status_code, client.post(link, data=TICKED).status_code]
    statuses.append(client.post(f"{link}/resend").status_code)

    assert statuses == [500, 500, 500]
    assert token_of(link) not in said(caplog)
    assert "Exception on /confirm/[redacted] [GET]" in caplog.text
    assert "Exception on /confirm/[redacted]/resend [POST]" in caplog.text
    assert re.search("no such table|does not exist", caplog.text)


def test_flask_would_log_it(app, client, link, db, caplog):
    """The twin: without the filter a fault writes the link down."""
    for found in list(app.logger.filters):
        app.logger.removeFilter(found)
    break_the_database(db)
    client.get(link)

    assert token_of(link) in said(caplog)


def test_the_link_is_in_no_access_log(app, link, caplog):
    caplog.set_level(logging.DEBUG)
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request("GET", link)
    status = connection.getresponse().status
    connection.close()
    thread.join()
    server.server_close()
    app.extensions["undersigned"].db.close()

    assert status == 200
    assert "/confirm/[redacted] HTTP/1.1" in caplog.text
    assert token_of(link) not in said(caplog)


@pytest.mark.parametrize("name", REDACTED_LOGGERS)
def test_every_server_that_we_may_run_in_is_redacted(app, caplog, name):
    """Their lines are made of a pattern and of parts, by position or by name."""
    caplog.set_level(logging.DEBUG, name)
    logger = logging.getLogger(name)
    logger.propagate, before = True, logger.propagate
    logger.info('%s "%s %s" 200', "203.0.113.7", "GET", "/confirm/canary.a.b?x=100%25")
    logger.info("%(method)s %(path)s", {"method": "GET", "path": "/signature/canary.c.d"})
    logger.propagate = before

    assert "canary" not in said(caplog)
    assert caplog.messages == ['203.0.113.7 "GET /confirm/[redacted]?x=100%25" 200', "GET /signature/[redacted]"]


@pytest.mark.parametrize(
    ("line", "clean"),
    [
        ("GET /confirm/a.b.c HTTP/1.1", "GET /confirm/[redacted] HTTP/1.1"),
        ("/confirm/a.b.c/resend", "/confirm/[redacted]/resend"),
        ("/signature/a.b.c/data.json?done=held", "/signature/[redacted]/data.json?done=held"),
        ("http://localhost/confirm/a_-b.c", "http://localhost/confirm/[redacted]"),
        ("/confirm/a /confirm/b", "/confirm/[redacted] /confirm/[redacted]"),
        ("POST /unsubscribe/a.b.c HTTP/1.1", "POST /unsubscribe/[redacted] HTTP/1.1"),
        ("GET /preview/a.b.c HTTP/1.1", "GET /preview/[redacted] HTTP/1.1"),
        ("POST /admin/preview HTTP/1.1", "POST /admin/preview HTTP/1.1"),
        ("GET /partner/a-_c 200", "GET /partner/[redacted] 200"),
        ("GET /admin/statements/x/partners/watch 200", "GET /admin/statements/x/partners/watch 200"),
        ("/confirm/", "/confirm/"),
        ("GET /confirm/ HTTP/1.1", "GET /confirm/ HTTP/1.1"),
        *((f"GET /confirm/{glued} HTTP/1.1", "GET /confirm/[redacted] HTTP/1.1") for glued in GLUED),
        ("GET /confirm%2Fa.b.c HTTP/1.1", "GET /confirm%2F[redacted] HTTP/1.1"),
        ("GET /Signature/a.b.c HTTP/1.1", "GET /Signature/[redacted] HTTP/1.1"),
        ("Exception on /confirm/ a.b.c [POST]", "Exception on /confirm/[redacted] [POST]"),
        ("GET /s/open-rivers 200", "GET /s/open-rivers 200"),
    ],
)
def test_only_what_opens_a_door_is_taken_out(line, clean):
    assert redact(line) == clean


def test_other_lines_keep_their_parts(app, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("undersigned").warning("%s of %s", 1, 2)

    assert caplog.records[-1].args == (1, 2)
