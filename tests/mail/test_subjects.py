"""What tells emails apart in a mailbox: the subject, the thread that a mail program puts them into, and who signs."""

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.crypto.links import Links
from server.mail.emails import EmailLinks, render_email
from server.mail.message import EmailRefused, title_for_subject
from server.mail.previews import PREVIEW_TEXT, PREVIEWS
from server.text import translations
from server.text.addresses import is_local_host
from tests.bad_settings import P, problems
from tests.conftest import environment
from tests.mail.composing import composed, quick, read
from tests.mail.rounds import deliver_to, subjects, texts
from tests.mail.rounds import read as read_received
from tests.mail.writing import CODES, EACH, NOW, about, confirm_letter, letter

ISOLATE, END = "\u2068", "\u2069"


def pen(base_url: str = "https://sign.example", sender: str = "") -> EmailLinks:
    return EmailLinks(Links(["k" * 36], base_url), CODES, NOW, sender)


# Subjects.


@pytest.mark.parametrize("kind", ["confirm", "reminder"])
@pytest.mark.parametrize("locale", translations.LOCALES)
def test_who_is_asked_to_confirm_reads_in_the_subject_which_statement_it_is(kind, locale):
    named, discreet = (letter(kind)(about(locale, discreet=keep)).subject for keep in (False, True))

    assert PREVIEW_TEXT.title in named
    assert PREVIEW_TEXT.title not in discreet
    assert named.startswith(discreet), "it says the same, and then the title"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Keep our rivers open", "Keep our rivers open"),
        ("Keep\n our\r\nrivers\u2028open\x85", "Keep our rivers open"),
        ("Keep\x00 our\x1b rivers\x07", "Keep our rivers"),
        ("Keep our \u202erivers\u202c open\u200f", "Keep our rivers open"),
        ("=?utf-8?q?=0D=0ABcc:_v=40x.example?=", "= ?utf-8?q?=0D=0ABcc:_v=40x.example?="),
        ("حافظوا على أنهارنا", f"{ISOLATE}حافظوا على أنهارنا{END}"),
        ("Պահպանեք մեր գետերը", "Պահպանեք մեր գետերը"),
        (f"{'river ' * 30}open", f"{'river ' * 13}".strip() + "…"),
        ("r" * 200, "r" * 79 + "…"),
        (f"{'r' * 79}\u0301\u0301{'r' * 9}", "r" * 78 + "…"),
    ],
)
def test_a_title_is_safe_in_a_subject(title, shown):
    assert title_for_subject(title, direction="ltr") == shown


def test_in_a_language_from_right_to_left_a_latin_title_is_isolated():
    assert title_for_subject("Open", direction="rtl") == f"{ISOLATE}Open{END}"
    assert title_for_subject("أنهار", direction="rtl") == "أنهار"


@quick
@given(st.text(min_size=1, max_size=300))
@example("=?" * 100)
@example("\u202e" * 100)
@example("Խ" * 300)
def test_an_email_about_any_title_can_be_sent_and_its_subject_arrives_whole(title):
    words = confirm_letter(about("en", text=replace(PREVIEW_TEXT, title=title)))

    arrived = str(read(composed(subject=words.subject))["Subject"])
    assert arrived.replace(" ", "") == words.subject.replace(" ", "")
    assert len(arrived) < 130


@pytest.mark.parametrize("title", ["Two\nlines", "=?utf-8?q?x?="])
def test_the_title_as_it_is_could_not_be_sent(title):
    """The twin of the test above."""
    with pytest.raises(EmailRefused):
        composed(subject=f"Please confirm: {title}")


# Threads.


def test_two_statements_are_never_folded_into_one_thread(scene, sink, post, clock):
    other = scene.publish("other", title="Clean air")
    scene.sign()
    other.sign(email="aram@rivers.example")
    while post().sent:
        pass
    first, second = (read_received(one) for one in sink.received)

    for header in ("Subject", "Message-ID", "X-Entity-Ref-ID"):
        assert first[header] != second[header], header
    for header in ("References", "In-Reply-To", "Thread-Topic", "Thread-Index"):
        assert first[header] is None, header


def test_discreet_statements_share_a_subject_and_are_told_apart_by_the_header_for_it(scene, sink, post):
    for slug in ("one", "two"):
        scene.publish(slug, "discreet = true").sign(email=f"{slug}@rivers.example")
    post()
    first, second = (read_received(one) for one in sink.received)

    assert first["Subject"] == second["Subject"] == "Please confirm your signature"
    assert first["X-Entity-Ref-ID"] != second["X-Entity-Ref-ID"]


def test_a_retry_is_the_same_email_to_the_mail_program(scene, sink, post, clock):
    sink.plan("DATA", "450 4.2.0 later")
    scene.sign()
    post()
    [row] = scene.emails()
    clock.forward(minutes=10)
    post()

    [received] = sink.received
    assert read_received(received)["X-Entity-Ref-ID"] == row["message_id"]


# Who asks.


@pytest.mark.parametrize("kind", ["confirm", "reminder"])
@pytest.mark.parametrize("locale", translations.LOCALES)
def test_who_is_asked_reads_who_asks_and_about_which_statement(kind, locale):
    words = PREVIEWS[kind](about(locale), pen(sender="River Union"))

    for part in (words.text.partition("\n-- \n")[0], words.html.partition('class="small"')[0]):
        assert "River Union" in part
        assert PREVIEW_TEXT.title in part
    assert words.text.partition("\n-- \n")[2].startswith("River Union\n")


def test_without_a_name_of_the_sender_the_server_is_named():
    words = render_email("confirm", about(), pen())

    assert "The signatures are collected by: sign.example\n" in words.text


@EACH
@pytest.mark.parametrize("base_url", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
@pytest.mark.parametrize("locale", translations.LOCALES)
def test_no_email_is_signed_by_localhost(letter, base_url, locale):
    words = PREVIEWS[letter.__name__](about(locale), pen(base_url))
    signed = words.text.partition("\n-- \n")[2]
    said = re.sub(r"https?://\S+", "", words.text + re.sub(r'href="[^"]*"|>http[^<]*<', "", words.html))

    assert not re.search(r"localhost|127\.0\.0\.1|::1", said)
    assert signed.startswith(f"{PREVIEW_TEXT.title}\n"), "the statement signs where nobody else is known"


@EACH
def test_a_discreet_statement_on_a_nameless_localhost_signs_with_nothing(letter):
    words = PREVIEWS[letter.__name__](about(discreet=True), pen("http://localhost:8000"))

    assert words.text.partition("\n-- \n")[2] == "This email was sent automatically.\n"


@pytest.mark.parametrize(
    ("sender", "base_url", "domain"),
    [
        ("Union <sign@union.example>", "https://sign.example", "union.example"),
        ("Union <sign@localhost.localdomain>", "https://sign.example", "sign.example"),
        ("Union <sign@localhost.localdomain>", "http://localhost:8000", "undersigned.invalid"),
    ],
)
def test_no_message_id_is_of_localhost(scene, sink, clock, sender, base_url, domain):
    scene.sign()
    deliver_to(scene, sink.url(), sender=sender, links=Links(["k" * 36], base_url))

    [received] = sink.received
    assert read_received(received)["Message-ID"].endswith(f"@{domain}>")
    assert "The signatures are collected by: Union" in texts(sink)[0]
    assert subjects(sink) == ["Please confirm your signature: “Keep our rivers open”"]


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        *(
            (host, True)
            for host in ("localhost", "LOCALHOST.", "a.localhost", "localhost.localdomain", "127.0.0.9", "[::1]")
        ),
        *((host, False) for host in ("sign.example", "localhost.example", "192.0.2.1", "")),
    ],
)
def test_which_hosts_are_this_machine(host, is_local):
    assert is_local_host(host) == is_local


def test_a_sender_at_localhost_is_refused_where_emails_go_to_another_machine(tmp_path):
    sender = {f"{P}MAIL_FROM": "Letters <sign@localhost.localdomain>"}
    [problem] = problems(environment(tmp_path), **sender, **{f"{P}MAIL_URL": "smtps://mail.example"})

    assert problem.startswith(f"{P}MAIL_FROM: no mail server takes emails from localhost")
    assert problems(environment(tmp_path), **sender) == [], "a folder takes anything"
    assert problems(environment(tmp_path), **sender, **{f"{P}MAIL_URL": "smtp://127.0.0.1:2525"}) == []
