"""Serving and delivering as real processes: they begin only with what they need, and end when they are told to."""

import pytest

from server.tables import outbox
from tests.cli.shell import ask, started
from tests.mail.sink import Sink
from tests.processes import PATIENCE_S, free_port

STOPS_WITHIN_S = 5


@pytest.fixture
def run(letters, tmp_path_factory):
    """``undersigned run`` for that instance, as a real process in an empty folder."""

    def run(*words, **env):
        printed, cwd = tmp_path_factory.mktemp("printed") / "out.txt", tmp_path_factory.mktemp("cwd")
        return started("--instance", letters, *(words or ("run",)), printed=printed, cwd=cwd, env=env)

    return run


def test_a_server_answers_and_ends_when_it_is_told_to(run):
    port = free_port()

    with run(PORT=str(port)) as server:
        answer = server.wait_for("an answer", lambda: ask(port, "/healthz"))
        took_s = server.end()

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert server.text == f"Serving http://localhost:8000 on 127.0.0.1:{port}\n"
    assert server.process.returncode == 0
    assert took_s < STOPS_WITHIN_S
    assert ask(port, "/healthz") is None


def test_the_server_has_no_mailbox_that_everybody_can_read(run, client):
    assert client.get("/demo/mailbox").status_code == 404
    port = free_port()

    with run(PORT=str(port)) as server:
        assert server.wait_for("an answer", lambda: ask(port, "/demo/mailbox")).status == 404


def test_the_server_sends_the_emails_too(run, signer, letters):
    signer.post()
    port = free_port()

    with run(PORT=str(port)) as server:
        server.wait_for("the email", lambda: list((letters / "mail" / "new").glob("*")))


@pytest.mark.sqlite
def test_a_server_without_its_database_refuses_in_one_line_and_makes_none(run, letters):
    (letters / "undersigned.db").unlink()

    with run(PORT=str(free_port())) as server:
        server.process.wait(timeout=PATIENCE_S)

    assert server.process.returncode == 1
    assert server.text == (
        f"Error: there is no database at {letters}/undersigned.db. If there was one, put it back, or restore a backup: "
        "`undersigned restore FILE`. `undersigned migrate` creates an empty one\n"
    )
    assert not (letters / "undersigned.db").exists()


def test_a_server_with_weak_secrets_refuses_and_names_them_all(undersigned):
    weak = {"UNDERSIGNED_SECRET_KEYS": '["changeme"]', "UNDERSIGNED_PEPPER": "A" * 43 + "=", "PORT": str(free_port())}

    refused = undersigned("run", **weak)

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "UNDERSIGNED_SECRET_KEYS: each key needs at least 32 random characters" in refused.stderr
    assert "UNDERSIGNED_PEPPER: must be a key of 32 random bytes" in refused.stderr
    assert "changeme" not in refused.stderr


def test_two_servers_do_not_share_a_port_and_answer_by_turns(run, undersigned):
    port = free_port()

    with run(PORT=str(port)) as first:
        first.wait_for("an answer", lambda: ask(port, "/healthz"))
        second = undersigned("run", PORT=str(port))

    assert second.exit_code == 1
    assert second.stderr == f"Error: cannot listen on 127.0.0.1, port {port}: Address already in use\n"


def test_an_address_that_is_not_of_this_machine_is_refused_in_one_line(undersigned):
    refused = undersigned("run", UNDERSIGNED_HOST="192.0.2.7", PORT=str(free_port()))

    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: cannot listen on 192.0.2.7, port ")


def test_delivering_once_sends_what_is_due_and_ends(run, signer, mails):
    signer.post()

    with run("deliver", "--once") as delivery:
        delivery.process.wait(timeout=PATIENCE_S)

    assert (delivery.process.returncode, delivery.text) == (0, "sent 1, kept back 0, dead 0, postponed 0\n")
    assert len(mails.texts()) == 1
    assert "/confirm/" in mails.texts()[0]


def test_delivering_goes_on_until_it_is_told_to_end(run, signer, mails):
    with run("deliver") as delivery:
        signer.post()
        delivery.wait_for("the first email", lambda: len(mails.texts()) == 1)
        signer.post(name="Aram", email="aram@rivers.example")
        delivery.wait_for("the second email", lambda: len(mails.texts()) == 2)
        assert delivery.end() < STOPS_WITHIN_S


def test_delivering_twice_sends_once(undersigned, signer, mails):
    signer.post()

    assert undersigned("deliver", "--once").stdout == "sent 1, kept back 0, dead 0, postponed 0\n"
    assert undersigned("deliver", "--once").stdout == "sent 0, kept back 0, dead 0, postponed 0\n"
    assert len(mails.texts()) == 1


def test_a_mail_server_that_is_down_is_told_and_costs_no_email(undersigned, signer, mails):
    signer.post()
    nobody = f"smtp://127.0.0.1:{free_port()}"

    refused = undersigned("deliver", "--once", UNDERSIGNED_MAIL_URL=nobody)

    assert refused.exit_code == 1
    assert refused.stdout.startswith("sent 0, kept back 0, dead 0, postponed 1; the mail server says: ")
    assert undersigned("outbox").stdout.startswith("waiting 1, the oldest since 20")


@pytest.mark.parametrize("reply", ["421 4.3.2 closing", "450 4.2.1 busy", "451 4.7.1 greylisted", "452 4.2.2 full"])
@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
def test_a_refusal_for_now_is_told_each_time_until_the_email_is_sent(undersigned, signer, reply, stage):
    signer.post()
    with Sink() as sink:
        sink.plan(stage, reply)
        here = {"UNDERSIGNED_MAIL_URL": sink.url()}
        refused, waits = undersigned("deliver", "--once", **here), undersigned("deliver", "--once", **here)
        retried = undersigned("outbox", "--retry")
        sent = undersigned("deliver", "--once", **here)

    assert (refused.exit_code, waits.exit_code, sent.exit_code) == (1, 1, 0)
    assert "sent 0, kept back 0, dead 0, postponed 1" in refused.stdout
    for told in (refused, waits):
        assert told.stdout.splitlines()[-1].startswith("waiting since 20")
        assert told.stdout.endswith(f": 1; {reply}\n")
    assert retried.stdout == "due now: 1; the server or `undersigned deliver` sends them\n"
    assert sent.stdout == "sent 1, kept back 0, dead 0, postponed 0\n"


def test_the_outbox_lists_the_emails_of_a_state(undersigned, signer):
    signer.post()
    waits, sent = undersigned("outbox", "--list", "waiting"), undersigned("outbox", "--list", "sent")

    assert waits.stdout.splitlines()[1].startswith("1  confirm  signature 1  20")
    assert len(sent.stdout.splitlines()) == 1


def test_addresses_that_cannot_be_opened_are_told_and_cost_no_email(undersigned, signer, tmp_path):
    signer.post()
    other = "UNDERSIGNED_DATA_KEYS"
    key = next(line for line in undersigned("keys", "new").stdout.splitlines() if line.startswith(other))

    refused = undersigned("deliver", "--once", **{other: key.split("=", 1)[1].strip("'")})

    assert refused.exit_code == 1
    assert "addresses could not be decrypted: " in refused.stdout
    assert undersigned("outbox").stdout.startswith("waiting 1, ")


def test_the_outbox_is_empty_at_first(undersigned):
    assert undersigned("outbox").stdout == "waiting 0; sent 0; kept back 0; dead 0\n"


def test_the_outbox_says_what_became_of_the_emails_and_names_the_dead(undersigned, signer, mails, db, clock):
    for name in ("ani", "aram", "aida"):
        signer.post(name=name, email=f"{name}@rivers.example")
    with db.write() as tx:
        first, second, _ = outbox.claim(tx, now=clock(), lease_s=0, most=5)
        outbox.mark_undeliverable(tx, first.id, "550 nobody of that name", now=clock())
        outbox.mark_suppressed(tx, second.id, "the address wants no email", now=clock())
    mails.deliver()

    summary, kept_back, dead = undersigned("outbox").stdout.splitlines()

    assert summary == "waiting 0; sent 1; kept back 1; dead 1"
    assert kept_back == "kept back 1: the address wants no email"
    assert dead.startswith(f"{first.id}  confirm  signature 1  20")
    assert dead.endswith("  550 nobody of that name")
    assert "@" not in dead
