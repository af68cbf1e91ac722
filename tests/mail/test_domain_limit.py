"""The hourly limit of a mail domain: emails over it wait in their order, and nobody else's do."""

from dataclasses import replace
from functools import partial

import pytest

from server.mail.delivery import RELEASE_MOST
from server.services import mail_domains as services
from server.services.scheduled import anonymise_signatures, prune_mail_domains, queue_reminders
from server.services.sign import request_links
from server.services.statements import close_statement
from server.tables import outbox
from server.tables.outbox import ALL_STATEMENTS
from server.text import addresses
from server.text.addresses import limited_domain
from server.web.context import Context, make_context
from tests.databases import databases
from tests.mail.rounds import DAY_S, GAP_S, HOUR_S, deliver_to, signers
from tests.mail.sink import Sink
from tests.scene import JOURNAL, Scene

LAKE = "lake.example"
LIMIT = 3


@pytest.fixture
def post(scene: Scene, sink: Sink):
    """Deliver until nothing is left to do now, and return to whom emails went."""

    def deliver(limit: int = LIMIT) -> list[str]:
        before = len(sink.received)
        budget = replace(scene.context.delivery_context.budget, domain_per_hour=limit)
        while (done := deliver_to(scene, sink.url(), budget=budget)).sent + done.kept_back + done.postponed:
            pass
        return [one.recipients[0].partition("@")[0] for one in sink.received[before:]]

    return deliver


def trust(scene: Scene, domain: str = LAKE) -> bool:
    here: Context = scene.context
    return services.trust_mail_domain(
        scene.db, scene.statement.slug, domain, keys=here.keys, sealer=here.sealer, actor="test", now=scene.clock()
    )


def lines(scene: Scene) -> list[tuple[str | None, int, int | None]]:
    with scene.db.read() as tx:
        found = services.list_mail_domains(tx, scene.statement.id, sealer=scene.context.sealer)
    return [(one.name, one.emails, one.resumes_at and one.resumes_at - scene.clock()) for one in found]


def names(first: int, last: int) -> list[str]:
    return [f"signer{number}" for number in range(first, last)]


def test_emails_over_the_limit_wait_and_go_hour_by_hour_in_their_order(scene, post, clock):
    signers(scene, 8, domain=LAKE)

    assert post() == names(0, 3)
    assert lines(scene) == [(LAKE, 5, HOUR_S)]
    clock.forward(seconds=HOUR_S - 1)
    assert post() == []
    clock.forward(seconds=1)
    assert post() == names(3, 6)
    clock.forward(seconds=HOUR_S)
    assert post() == names(6, 8)
    assert lines(scene) == []
    assert scene.rows("SELECT * FROM mail_domains") == []


def test_with_the_limit_switched_off_all_of_them_go_at_once(scene, post):
    """The twin of the test above."""
    signers(scene, 8, domain=LAKE)

    assert post(0) == names(0, 8)


def test_who_signs_later_queues_up_behind_those_who_wait(scene, post, clock):
    signers(scene, 4, domain=LAKE)
    post()
    clock.forward(seconds=HOUR_S // 2)
    scene.sign(email=f"late@{LAKE}")
    assert post() == []

    clock.forward(seconds=HOUR_S // 2)
    assert post() == ["signer3", "late"]


def test_no_hour_has_more_than_the_limit_wherever_it_begins(scene, sink, post, clock):
    moments = []
    for turn in range(40):
        scene.sign(email=f"signer{turn}@{LAKE}")
        moments += [clock()] * len(post())
        clock.forward(minutes=7)

    assert len(moments) > 2 * LIMIT
    assert all(later - earlier >= HOUR_S for earlier, later in zip(moments, moments[LIMIT:], strict=False))


def test_other_domains_other_statements_and_big_providers_do_not_wait(scene, post):
    signers(scene, 5, domain=LAKE)
    other = scene.publish("other")
    other.sign(email=f"other-statement@{LAKE}")
    scene.sign(email="other-domain@hill.example")
    for number in range(5):
        scene.sign(email=f"big{number}@ukr.net")

    assert sorted(post()) == sorted(
        [*names(0, 3), "other-statement", "other-domain", *(f"big{number}" for number in range(5))]
    )


@pytest.mark.parametrize("domain", ["lake.example", "lake.co.uk", "lake.eu.org", "lake.com.tr"])
def test_a_thousand_subdomains_are_no_way_around(scene, post, domain):
    for number in range(5):
        scene.sign(email=f"signer{number}@mail{number}.{domain}")

    assert post() == names(0, 3)


def test_without_the_registrable_domain_subdomains_would_be_a_way_around(scene, post, monkeypatch):
    """The twin of the test above."""
    monkeypatch.setattr("server.mail.delivery.limited_domain", addresses.domain_of)
    for number in range(5):
        scene.sign(email=f"signer{number}@mail{number}.{LAKE}")

    assert post() == names(0, 5)


@pytest.mark.parametrize(
    ("address", "limited"),
    [
        ("a@lake.example", "lake.example"),
        ("a@deep.down.lake.example", "lake.example"),
        ("a@ngo.co.uk", "ngo.co.uk"),
        ("a@one.eu.org", "eu.org"),
        ("a@one.duckdns.org", "duckdns.org"),
        ("a@co.uk", "co.uk"),
        ("a@gmail.com", None),
        ("a@sub.gmail.com", "gmail.com"),
        ("x@ani.fastmail.com", None),
        ("a@mailinator.com", "mailinator.com"),
        *((f"a@{domain}", None) for domain in ("mail.ru", "yandex.com.am", "i.ua", "mail.am", "posta.ge", "mynet.com")),
        *((f"a@{domain}", None) for domain in ("gmx.de", "t-online.de", "laposte.net", "orange.fr", "maktoob.com")),
    ],
)
def test_what_counts_as_one_domain(address, limited):
    assert limited_domain(address) == limited


def test_an_owner_who_trusts_the_domain_lets_the_waiting_ones_go(scene, post, clock):
    signers(scene, 8, domain=LAKE)
    post()

    assert trust(scene, f"mail.{LAKE}") is True
    assert post() == names(3, 8)
    signers(scene, 5, domain=LAKE)
    clock.forward(seconds=GAP_S)
    assert len(post()) == 5
    assert trust(scene) is False, "it is trusted already"


def test_trust_holds_for_that_statement_alone(scene, post):
    trust(scene)
    other = scene.publish("other")
    for number in range(5):
        other.sign(email=f"signer{number}@{LAKE}")

    assert post() == names(0, 3)


def test_a_domain_that_is_limited_again_waits_again(scene, post):
    trust(scene)
    signers(scene, 4, domain=LAKE)
    assert len(post()) == 4
    limit = partial(
        services.limit_mail_domain,
        scene.db,
        scene.statement.slug,
        LAKE,
        keys=scene.context.keys,
        actor="test",
        now=scene.clock(),
    )
    assert [limit(), limit()] == [True, False]
    assert [row["verb"] for row in scene.rows(JOURNAL)].count("domain.limit") == 1

    scene.sign(email=f"late@{LAKE}")
    assert post() == []
    assert lines(scene) == [(LAKE, 1, HOUR_S)]


def test_many_that_waited_go_some_at_a_time_so_that_no_write_takes_long(scene, post, monkeypatch):
    monkeypatch.setattr("server.mail.delivery.RELEASE_MOST", 2)
    assert RELEASE_MOST == 500
    signers(scene, 8, domain=LAKE)
    post()
    trust(scene)

    assert post() == names(3, 8)


def test_a_restart_forgets_nothing(scene, sink, post, clock):
    signers(scene, 5, domain=LAKE)
    post()
    fresh = make_context(scene.context.settings, clock=clock)
    after_the_restart = replace(scene, context=fresh)
    budget = replace(fresh.delivery_context.budget, domain_per_hour=LIMIT)
    after_the_restart.sign(email=f"late@{LAKE}")

    assert deliver_to(after_the_restart, sink.url(), budget=budget).sent == 0
    clock.forward(seconds=HOUR_S)
    assert deliver_to(after_the_restart, sink.url(), budget=budget).sent == LIMIT
    fresh.db.close()


def test_a_retry_counts_once(scene, sink, post, clock):
    sink.plan("RCPT", *["450 4.2.0 later"] * 2)
    signers(scene, 3, domain=LAKE)
    post()
    clock.forward(minutes=10)

    assert sorted([*post()]) == names(0, 2)
    scene.sign(email=f"late@{LAKE}")
    assert post() == []


def test_requested_links_are_no_way_around(scene, sink, post, clock):
    """A stranger could have the confirm link of a waiting signature sent with them."""
    signers(scene, 5, domain=LAKE)
    post()
    clock.forward(seconds=GAP_S)
    for number in range(5):
        here = scene.context
        request_links(
            scene.db,
            scene.statement,
            f"signer{number}@{LAKE}",
            keys=here.keys,
            sealer=here.sealer,
            locale="en",
            now=clock(),
        )

    assert post() == []


def test_a_reminder_comes_so_long_after_a_confirm_email_that_had_to_wait(scene, post, clock):
    signers(scene, 4, domain=LAKE)
    post()
    clock.forward(seconds=2 * DAY_S + 1)
    queue_reminders(scene.db, after_s=2 * DAY_S, now=clock())
    kinds = scene.rows("SELECT signature_id FROM outbox WHERE kind = 'reminder' ORDER BY signature_id")
    assert [row["signature_id"] for row in kinds] == [1, 2, 3], "the fourth has not had its confirm email yet"

    assert post() == ["signer3", *names(0, 2)], "who waited goes first, and reminders count"
    queue_reminders(scene.db, after_s=2 * DAY_S, now=clock())
    assert len(scene.rows("SELECT id FROM outbox WHERE kind = 'reminder'")) == 3
    clock.forward(seconds=2 * DAY_S + 1)
    queue_reminders(scene.db, after_s=2 * DAY_S, now=clock())
    assert len(scene.rows("SELECT id FROM outbox WHERE kind = 'reminder'")) == 4


def test_an_email_that_is_not_wanted_any_more_takes_no_place(scene, post, clock):
    signers(scene, 8, domain=LAKE)
    post()
    for name in names(3, 6):
        key = scene.context.keys.mail_key(f"{name}@{LAKE}")
        with scene.db.write() as tx:
            outbox.add_suppression(
                tx, mail_key=key, statement_id=ALL_STATEMENTS, reason="asked us", undo_nonce=b"undo", now=clock()
            )
    clock.forward(seconds=HOUR_S)
    scene.sign(email=f"late@{LAKE}")

    assert post() == [*names(6, 8), "late"], "and who comes now does not overtake those who have waited"


@pytest.mark.sqlite
def test_the_domain_is_nowhere_in_clear(scene, post, tmp_path):
    signers(scene, 5, domain="quiet-lake.example")
    post()
    trust(scene, "other-lake.example")

    stored = databases.all_bytes(tmp_path)
    assert b"open-rivers" in stored
    assert b"quiet-lake" not in stored
    assert b"other-lake" not in stored


def test_an_hour_later_nothing_tells_the_domains_of_sent_emails_apart(scene, post, clock):
    signers(scene, 2, domain=LAKE)
    post()
    assert prune_mail_domains(scene.db, most=9, now=clock()) == 0
    clock.forward(seconds=HOUR_S)

    assert [prune_mail_domains(scene.db, most=9, now=clock()) for _ in range(2)] == [2, 0]
    assert scene.rows("SELECT outbox_id FROM mailings WHERE mail_domain IS NOT NULL") == []


def test_waiting_emails_are_no_fault_of_the_server(scene, post, clock):
    signers(scene, 5, domain=LAKE)
    post()
    clock.forward(minutes=50)

    fates = scene.fates()
    assert (fates.waiting, fates.limited, fates.oldest) == (2, 2, None)


def test_anonymising_forgets_the_trusted_domains(scene, post, clock):
    short = scene.publish("short", "anonymise_after_days = 2")
    trust(scene)
    trust(short)
    short.signed()
    close_statement(scene.db, "short", actor="test", now=clock())
    clock.forward(days=3)
    anonymise_signatures(scene.db, now=clock())

    assert [row["statement_id"] for row in scene.rows("SELECT statement_id FROM mail_domains")] == [scene.statement.id]
