"""More people sign at once than the server can serve: all get an answer, and each 202 is one row.

Run with ``pytest -m drill -s tests/drills/test_flood.py``; it opens one connection for each of them.
"""

import resource
import selectors
import socket
import statistics
import time
from collections import defaultdict

import pytest

from tests.benchmarks.asking import submissions
from tests.benchmarks.load import Client, status_of
from tests.drills.real_server import make_real_instance, serving
from tests.processes import PATIENCE_S

pytestmark = pytest.mark.drill
FLOOD_S = 12


@pytest.mark.parametrize("people", [900, 3000, 6000])
def test_everybody_in_a_flood_gets_an_answer(people, tmp_path):
    resource.setrlimit(resource.RLIMIT_NOFILE, (people + 500, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    settings = {"UNDERSIGNED_MAIL_DELIVERY": "off", "WEB_CONCURRENCY": "2"}
    instance = make_real_instance(tmp_path / "instance", **settings)
    with serving(instance):
        took = flood(instance.port, people, submissions(instance.sign_path, instance.form_token()))
    with instance.opened.context.db.read() as tx:
        [row] = tx.rows("SELECT count(*) AS n FROM signatures", {})

    for status, seconds in sorted(took.items()):
        print(f"{people} people: {len(seconds)} x {status}, median {statistics.median(seconds):.1f} s, ", end="")
        print(f"slowest {max(seconds):.1f} s")
    assert set(took) <= {202, 503}
    assert len(took[202]) == row["n"]


def flood(port, people, requests) -> dict[int, list[float]]:
    """Let so many people ask again and again; return how long the answers took, by status."""
    took: dict[int, list[float]] = defaultdict(list)
    with selectors.DefaultSelector() as selector:
        for _ in range(people):
            client = Client(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S))
            client.ask(next(requests))
            selector.register(client.socket, selectors.EVENT_READ, client)
        until = time.perf_counter() + FLOOD_S
        while selector.get_map():
            ready = selector.select(timeout=PATIENCE_S)
            assert ready, f"{len(selector.get_map())} people got no answer"
            for key, _ in ready:
                client = key.data
                answer = client.find_answer()
                if answer is None:
                    continue
                now = time.perf_counter()
                took[status_of(answer)].append(now - client.since)
                if now < until:
                    client.ask(next(requests))
                else:
                    selector.unregister(client.socket)
                    client.socket.close()
    return took
