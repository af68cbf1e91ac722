"""The mail URL opens the right transport, or is refused with words that help and give nothing away."""

import ssl

import pytest

from server.errors import SettingsError, UndersignedError
from server.mail.smtp import (
    RecipientRefused,
    ServerRefused,
    ServerUnreachable,
    SmtpServer,
    SmtpTransport,
    TemporaryFailure,
    Transport,
)
from server.mail.transports import MaildirTransport, open_transport
from tests.mail.sink import make_certificate


def opened(url: str) -> SmtpServer:
    transport = open_transport(url)
    assert isinstance(transport, SmtpTransport)
    return transport._server


@pytest.mark.parametrize(
    ("url", "host", "port", "encryption"),
    [
        ("smtp://mail.example.org", "mail.example.org", 587, "required"),
        ("smtp://mail.example.org/", "mail.example.org", 587, "required"),
        ("smtp://mail.example.org:25?starttls=optional", "mail.example.org", 25, "optional"),
        ("smtp://mail.example.org?starttls=never", "mail.example.org", 587, "never"),
        ("smtps://mail.example.org", "mail.example.org", 465, "implicit"),
        ("smtps://mail.example.org:1465", "mail.example.org", 1465, "implicit"),
        ("SMTPS://Mail.Example.org", "mail.example.org", 465, "implicit"),
        ("smtp://localhost", "localhost", 587, "never"),
        ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, "never"),
        ("smtp://127.9.9.9:1025", "127.9.9.9", 1025, "never"),
        ("smtp://[::1]:1025", "::1", 1025, "never"),
        ("smtp://[::1]:1025?starttls=required", "::1", 1025, "required"),
        ("smtp://10.0.0.1", "10.0.0.1", 587, "required"),
        ("smtp://localhost.example.org", "localhost.example.org", 587, "required"),
    ],
)
def test_the_url_says_where_and_how_safely(url, host, port, encryption):
    server = opened(url)

    assert (server.host, server.port, server.encryption) == (host, port, encryption)
    assert (server.user, server.password) == ("", "")


def test_credentials_are_percent_decoded_and_not_shown():
    server = opened("smtp://ani%40example.org:p%40ss%2Fw%3Frd%23@mail.example.org")

    assert (server.user, server.password) == ("ani@example.org", "p@ss/w?rd#")
    assert "p@ss" not in repr(server)


def test_certificates_and_host_names_are_verified():
    context = opened("smtps://mail.example.org").context

    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_private_authority_is_trusted_instead_of_the_public_ones(tmp_path):
    chain = make_certificate(tmp_path, "mail.example.org").chain

    context = opened(f"smtps://mail.example.org?ca={chain}").context

    assert context is not None
    assert len(context.get_ca_certs()) == 1


def test_the_timeout_is_for_one_operation():
    transport = open_transport("smtp://mail.example.org?timeout=7")

    assert isinstance(transport, SmtpTransport)
    assert transport._patience == (10, 7, 60)


def test_without_a_timeout_there_is_one_all_the_same():
    transport = open_transport("smtp://mail.example.org")

    assert isinstance(transport, SmtpTransport)
    assert transport._patience == (10, 20, 60)


def test_a_maildir_is_a_path_with_percent_signs_decoded(tmp_path):
    transport = open_transport(f"maildir://{tmp_path}/my%20mail")

    assert isinstance(transport, MaildirTransport)
    assert transport._folder == tmp_path / "my mail"
    assert not (tmp_path / "my mail").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "begins with ''"),
        ("mail.example.org", "begins with ''"),
        ("http://mail.example.org", "begins with 'http'"),
        ("smtp+tls://mail.example.org", "begins with 'smtp\\+tls'"),
        ("smtp://", "must be smtp://user"),
        ("smtp://:25", "must be smtp://user"),
        ("smtp://mail..example.org", "cannot be read"),
        (f"smtp://{'m' * 64}.example.org", "cannot be read"),
        ("smtp://mail.example.org/inbox", "must be smtp://user"),
        ("smtp://mail.example.org:0", "must be smtp://user"),
        ("smtp://mail.example.org:65536", "cannot be read"),
        ("smtp://mail.example.org:smtp", "cannot be read"),
        ("smtp://[::1", "cannot be read"),
        ("smtp://mail.example.org?tls=1", "'tls' is not one of ca, starttls, timeout"),
        ("smtp://mail.example.org?starttls", "required, optional or never"),
        ("smtp://mail.example.org?starttls=yes", "required, optional or never"),
        ("smtp://mail.example.org?timeout=7&timeout=8", "twice"),
        ("smtp://mail.example.org?timeout=0", "1 to 60 seconds"),
        ("smtp://mail.example.org?timeout=61", "1 to 60 seconds"),
        ("smtp://mail.example.org?timeout=inf", "1 to 60 seconds"),
        ("smtp://mail.example.org?timeout=-1", "1 to 60 seconds"),
        ("smtps://mail.example.org?starttls=required", "'starttls' is not one of ca, timeout"),
        ("smtp://mail.example.org?ca=/nowhere/ca.pem", "'ca' must name a readable file"),
        ("smtp://ani@mail.example.org", "both a user and a password"),
        ("smtp://:secret@mail.example.org", "both a user and a password"),
        ("smtp://ani:%D5%AE@mail.example.org", "ASCII"),
        ("maildir://relative/path", "three slashes"),
        ("maildir:path", "three slashes"),
        ("maildir:///", "three slashes"),
        ("maildir:///path?mode=0700", "three slashes"),
    ],
)
def test_a_url_that_we_cannot_follow_is_refused_and_the_words_say_why(url, words):
    with pytest.raises(SettingsError, match=words):
        open_transport(url)


def test_a_file_that_holds_no_certificate_is_refused(tmp_path):
    (tmp_path / "ca.pem").write_text("not a certificate")

    with pytest.raises(SettingsError, match="'ca' must name a readable file with certificates"):
        open_transport(f"smtp://mail.example.org?ca={tmp_path}/ca.pem")


@pytest.mark.parametrize("sign", ["/", "?", "#", "?x=", "?timeout=", "["])
def test_a_password_with_a_bare_special_character_is_never_quoted(sign):
    with pytest.raises(SettingsError) as refused:
        open_transport(f"smtp://ani:hunter{sign}secret@mail.example.org")

    assert "secret" not in str(refused.value)
    assert "hunter" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_password_that_looks_like_a_port_and_a_parameter_is_not_quoted_either():
    with pytest.raises(SettingsError) as refused:
        open_transport("smtp://ani:25?secret@mail.example.org")

    assert "secret" not in str(refused.value)


def test_the_outcomes_are_three_and_all_are_ours():
    assert issubclass(ServerUnreachable, TemporaryFailure)
    for outcome in (TemporaryFailure, RecipientRefused, ServerRefused):
        assert issubclass(outcome, UndersignedError)
        assert str(outcome("450 later")) == "450 later"
    assert not issubclass(RecipientRefused, TemporaryFailure)
    assert not issubclass(ServerRefused, RecipientRefused)


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:1?starttls=never", "maildir:///nowhere/mail"])
def test_opening_and_closing_touches_nothing(url):
    transport: Transport = open_transport(url)

    with transport as same:
        assert same is transport
    transport.close()
