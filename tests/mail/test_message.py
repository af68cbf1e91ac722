"""An email says what it should in every script, and nothing in its parts breaks out of its line."""

from email.errors import MessageError
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.mail.message import EmailRefused, read_sender, serialise
from tests.mail.composing import ANI, INJECTION, VICTIM, composed, naive, quick, read, recipients

SCRIPTS = (
    "Խնդրում ենք հաստատել | გთხოვთ დაადასტუროთ | Zəhmət olmasa, təsdiq edin | Пожалуйста, подтвердите | أكّد | 确认"
)
line_text = st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200).filter(
    lambda text: "=?" not in text
)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def test_an_email_says_who_it_is_from_and_that_no_person_wrote_it():
    message = read(composed(reply_to="Desk <desk@sign.example>"))

    assert {name: str(value) for name, value in message.items() if not name.startswith("Content-Type")} == {
        "From": "Undersigned <noreply@sign.example>",
        "To": ANI,
        "Reply-To": "Desk <desk@sign.example>",
        "Subject": "Please confirm your email address",
        "Date": "Mon, 21 Sep 2026 14:13:20 +0000",
        "Message-ID": "<outbox.7@sign.example>",
        "Auto-Submitted": "auto-generated",
        "X-Entity-Ref-ID": "outbox.7",
        "Content-Language": "hy",
        "MIME-Version": "1.0",
    }


def test_text_comes_first_and_html_is_the_alternative():
    message = read(composed())

    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert body(message, "plain") == "Բարև\n\nhttps://sign.example/confirm/abc\n"
    assert body(message, "html") == "<p>Բարև</p>\n"


def test_the_same_arguments_give_the_same_bytes_so_that_a_second_try_is_the_same_email():
    assert serialise(composed(), to=ANI) == serialise(composed(), to=ANI)
    assert serialise(composed(), to=ANI) != serialise(composed(message_id="<outbox.8@sign.example>"), to=ANI)


@quick
@given(st.text(max_size=120))
@example(INJECTION)
@example("Hello\n")
@example("Hello\r\nBcc: " + VICTIM)
@example("x\x85y\u2029z")
def test_whatever_stands_in_the_subject_no_header_appears(subject):
    honest = read(composed()).keys()
    try:
        message = composed(subject=subject)
    except EmailRefused:
        return
    assert read(message).keys() == honest
    assert recipients(read(message)) == [ANI]


def test_the_twin_without_the_defence_lets_a_line_break_out_of_an_encoded_word():
    try:
        content = naive(ANI, INJECTION).as_bytes()
    except MessageError:  # Pythons from 3.11.10 on refuse it (CVE-2024-6923); Debian 12's does not
        return
    assert f"\r\nBcc: {VICTIM}".encode() in content


def test_the_twin_without_the_defence_ends_the_headers_at_a_trailing_line_break():
    try:
        content = naive(ANI, "Hello\n").as_bytes()
    except (MessageError, ValueError):
        return
    assert content.split(b"\n\r\n")[0].endswith(b"Subject: Hello")


@quick
@given(line_text.map(lambda text: " ".join(text.split())))
@example(SCRIPTS)
@example("a" * 150)
@example("Ö, Å " * 30 + "end")
def test_a_subject_in_any_script_arrives_and_its_lines_are_short(subject):
    message = composed(subject=subject)
    letter = serialise(message, to=ANI)

    assert all(len(line) <= 78 for line in letter.content.split(b"\r\n") if b"=?" in line)
    assert max(map(len, letter.content.split(b"\r\n"))) <= 998
    assert str(read(message)["Subject"]).replace(" ", "") == subject.replace(" ", "")


@quick
@given(st.text(st.characters(blacklist_categories=["Cc", "Cs"], whitelist_characters="\n\t"), max_size=400))
@example("." + "\n.\n..\n")
@example("From me\nFrom you\n")
@example("x" * 5000)
@example("Խ" * 3000)
def test_any_body_arrives_as_it_was_in_lines_of_seven_bits(text):
    message = composed(text=text)
    letter = serialise(message, to=ANI)

    assert body(read(message), "plain").rstrip("\n") == text.rstrip("\n")
    assert letter.content.isascii()
    assert max(map(len, letter.content.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    "part",
    [
        {"subject": "Hello\nBcc: v@x.example"},
        {"subject": "Hello\r"},
        {"subject": "Hello\x00"},
        {"subject": "lone \ud800 surrogate"},
        {"sender": "Undersigned\nBcc: v@x.example <noreply@sign.example>"},
        {"sender": "a@b.example, c@d.example"},
        {"sender": "Name <a@b.example> <c@d.example>"},
        {"sender": "=?utf-8?q?a=0A?= <noreply@sign.example>"},
        {"sender": "nobody"},
        {"reply_to": "a@b.example, c@d.example"},
        {"reply_to": ""},
        {"message_id": "outbox.7@sign.example"},
        {"message_id": "<outbox.7@sign.example>\n"},
        {"message_id": "<a b@sign.example>"},
        {"language": "hy\nBcc: v@x.example"},
        {"text": "bell \x07"},
        {"html": "\ud800"},
    ],
)
def test_a_part_with_a_break_or_of_the_wrong_form_is_refused(part):
    with pytest.raises(EmailRefused):
        composed(**part)


@pytest.mark.parametrize(
    "headers",
    [
        {"Bcc": VICTIM},
        {"To": VICTIM},
        {"Resent-To": VICTIM},
        {"subject": "again"},
        {"Content-Type": "text/html"},
        {"X-One\nBcc": VICTIM},
        {"X-One": f"1\r\nBcc: {VICTIM}"},
        {"X-One": "ծ"},
        {"X-One": "x" * 990},
        {"X-One": ""},
        {"X One": "1"},
    ],
)
def test_a_header_that_is_ours_or_breaks_its_line_cannot_be_added(headers):
    with pytest.raises(EmailRefused):
        composed(headers=headers)


def test_a_long_link_in_an_added_header_stays_one_word():
    link = "<https://sign.example/never/" + "k" * 200 + ">"

    letter = serialise(composed(headers={"List-Unsubscribe": link}), to=ANI)

    assert f"\r\nList-Unsubscribe: {link}\r\n".encode() in letter.content


def test_the_twin_with_a_plain_header_turns_the_link_into_encoded_words():
    message = naive(ANI)
    message["List-Unsubscribe"] = "<https://sign.example/never/" + "k" * 200 + ">"

    assert b"=?utf-8?q?" in message.as_bytes()


@pytest.mark.parametrize(
    ("sender", "name", "address"),
    [
        ("noreply@sign.example", "", "noreply@sign.example"),
        ("<noreply@sign.example>", "", "noreply@sign.example"),
        ("Undersigned <noreply@sign.example>", "Undersigned", "noreply@sign.example"),
        ('"Women, Peace" <noreply@sign.example>', "Women, Peace", "noreply@sign.example"),
        ("Women, Peace and more <noreply@sign.example>", "Women, Peace and more", "noreply@sign.example"),
        ("“Վարդագույն” ՀԿ <noreply@sign.example>", "“Վարդագույն” ՀԿ", "noreply@sign.example"),
    ],
)
def test_a_sender_is_an_address_with_or_without_a_name(sender, name, address):
    mailbox = read_sender(sender)
    received = read(composed(sender=sender))["From"].addresses

    assert (mailbox.display_name, mailbox.addr_spec) == (name, address)
    assert [(each.display_name, each.addr_spec) for each in received] == [(name, address)]
