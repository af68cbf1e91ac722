"""Encryption and login: nothing is said in clear that must not be, and no password to a stranger."""

import smtplib

import pytest

from server.mail.smtp import ServerRefused, TemporaryFailure
from server.mail.transports import open_transport
from tests.mail.sending import ANI, letter, outcome
from tests.mail.sink import PASSWORD, USER, Certificate, Sink, make_certificate

LOGIN = "undersigned:p%40ss%2Fword%3F"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "localhost", "127.0.0.1")


def test_starttls_encrypts_before_anything_is_said(certificate):
    with (
        Sink(starttls=certificate) as sink,
        open_transport(sink.url(f"starttls=required&ca={certificate.chain}", host="localhost")) as transport,
    ):
        transport.send(letter(), to=ANI)

        assert [received.tls for received in sink.received] == [True]
        assert [stage for _, stage in sink.stages()][:4] == ["connect", "EHLO", "STARTTLS", "EHLO"]


def test_smtps_is_encrypted_from_the_first_byte(certificate):
    with (
        Sink(implicit_tls=certificate) as sink,
        open_transport(sink.url(f"ca={certificate.chain}", host="localhost", scheme="smtps")) as transport,
    ):
        transport.send(letter(number=1), to=ANI)
        transport.send(letter(number=2), to=ANI)

        assert [(received.tls, received.connection) for received in sink.received] == [(True, 1)] * 2


@pytest.mark.parametrize(("scheme", "parameters"), [("smtp", "starttls=required"), ("smtps", "timeout=5")])
def test_a_certificate_that_nobody_vouches_for_is_refused(certificate, scheme, parameters):
    options = {"starttls": certificate} if scheme == "smtp" else {"implicit_tls": certificate}
    with Sink(**options) as sink:
        refused = outcome(sink, sink.url(parameters, host="localhost", scheme=scheme))

        assert isinstance(refused, ServerRefused)
        assert str(refused) == "the mail server's certificate: self-signed certificate"
        assert sink.stages("MAIL", "AUTH") == []


def test_a_certificate_of_another_host_is_refused(tmp_path):
    certificate = make_certificate(tmp_path, "other.example")
    with Sink(starttls=certificate) as sink:
        refused = outcome(sink, sink.url(f"starttls=required&ca={certificate.chain}", host="localhost"))

    assert isinstance(refused, ServerRefused)
    assert "Hostname mismatch" in str(refused)


def test_the_twin_without_a_context_talks_to_anybody(certificate):
    with Sink(starttls=certificate) as sink:
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=5, local_hostname="test") as naive:
            naive.starttls()
            naive.sendmail("noreply@sign.example", [ANI], b"Hello\r\n")

        assert [received.tls for received in sink.received] == [True]


def test_required_encryption_that_is_not_offered_stops_us_before_we_say_a_name(sink):
    refused = outcome(sink, sink.url("starttls=required"))

    assert isinstance(refused, ServerRefused)
    assert sink.stages("MAIL") == []


def test_encryption_that_is_refused_for_now_is_for_later(certificate):
    with Sink(starttls=certificate) as sink:
        sink.plan("STARTTLS", "454 4.7.0 TLS not available")
        refused = outcome(sink, sink.url(f"starttls=required&ca={certificate.chain}"))

    assert type(refused) is TemporaryFailure


def test_optional_encryption_is_used_when_offered_and_done_without_when_not(certificate, sink):
    with Sink(starttls=certificate) as safe:
        for each in (safe, sink):
            with open_transport(each.url(f"starttls=optional&ca={certificate.chain}")) as transport:
                transport.send(letter(), to=ANI)

    assert [safe.received[0].tls, sink.received[0].tls] == [True, False]


def test_a_password_is_not_given_away_when_somebody_strips_starttls():
    with Sink(login=True) as sink:
        url = sink.url("starttls=optional").replace("//", f"//{LOGIN}@")
        refused = outcome(sink, url)

        assert isinstance(refused, ServerRefused)
        assert sink.logins == []


def test_we_log_in_with_the_decoded_password_over_tls(certificate):
    with Sink(starttls=certificate) as sink:
        url = sink.url(f"starttls=required&ca={certificate.chain}").replace("//", f"//{LOGIN}@")
        with open_transport(url) as transport:
            transport.send(letter(), to=ANI)

        assert sink.logins == [(USER, PASSWORD)]
        assert len(sink.received) == 1


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("535 5.7.8 wrong", ServerRefused),
        ("534 5.7.9 too weak", ServerRefused),
        ("454 4.7.0 later", TemporaryFailure),
    ],
)
def test_a_login_that_fails_is_about_us_or_for_later(step, kind):
    with Sink(login=True) as sink:
        sink.plan("AUTH", *[step] * 3)  # every mechanism is tried
        refused = outcome(sink, sink.url().replace("//", f"//{LOGIN}@"))

    assert type(refused) is kind


def test_a_wrong_password_is_about_us_and_never_quoted():
    with Sink(login=True) as sink:
        refused = outcome(sink, sink.url().replace("//", "//undersigned:hunter2@"))

        assert isinstance(refused, ServerRefused)
        assert str(refused).startswith("535 5.7.8")
        assert "hunter2" not in str(refused)
        assert sink.stages("MAIL") == []


def test_a_server_that_offers_no_login_refuses_us():
    with Sink(login=False) as sink:
        refused = outcome(sink, sink.url().replace("//", f"//{LOGIN}@"))

    assert isinstance(refused, ServerRefused)
