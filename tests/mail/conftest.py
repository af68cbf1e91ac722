"""A mail server, and the post that goes to it."""

from collections.abc import Callable, Iterator

import pytest

from server.mail.delivery import DeliveryRound
from tests.mail.rounds import deliver_to
from tests.mail.sink import Sink
from tests.scene import Scene


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def post(scene: Scene, sink: Sink) -> Callable[[], DeliveryRound]:
    """Deliver one round through the sink."""
    return lambda: deliver_to(scene, sink.url())
