"""The pages at the edge of the signer's way, as they look on a phone: no violation, nothing sticks out."""

import pytest

from server.services.signers import disown_signature
from server.tables.signatures import Signature
from tests.browsing import SCHEMES, browsable, picture
from tests.scene import run

pytestmark = pytest.mark.browser
KEY = "key-of-the-open-form"


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def signature(scene) -> Signature:
    return scene.get(scene.sign())


def demanding(scene, signature: Signature) -> str:
    """The confirm page of a statement that demands the code."""
    run(scene.db, "UPDATE statements SET confirm_by = 'code'")
    return scene.context.links.confirm(signature.id, signature.nonce, now=scene.clock())


def disowned(scene, signature: Signature) -> str:
    """The page after "It was not me"."""
    here = scene.context
    whose = scene.ref(signature.id)
    undo = disown_signature(scene.db, whose, everywhere=False, keys=here.keys, sealer=here.sealer, now=scene.clock())
    return here.links.undo(undo, now=scene.clock())


PAGES = {
    "links": lambda scene, _: "/s/open-rivers/links",
    "links-sent": lambda scene, _: "/s/open-rivers/links/sent",
    "sent-with-code": lambda scene, _: f"/s/open-rivers/sent?key={KEY}",
    "not-me-undo": disowned,
    "gone-erased": lambda scene, _: "/gone?count=2",
    "unsubscribe": lambda scene, one: scene.context.links.unsubscribe(one.id, one.nonce, now=scene.clock()),
    "confirm-with-code": demanding,
    "dead-link": lambda *_: "/confirm/no-token",
    "unknown-below-a-statement": lambda *_: "/s/open-rivers/no-such-page",
}


@SCHEMES
@pytest.mark.parametrize("name", PAGES)
def test_it_fits_on_a_phone_and_reads_well(server, visit, violations, scene, signature, name, scheme):
    address = PAGES[name](scene, signature)
    url = address if address.startswith("http") else server.url + address
    page = visit(url, color_scheme=scheme, bypass_csp=True)

    assert page.get_by_role("heading", level=1).count() == 1
    picture(page, f"small-{name}-{scheme}")
    assert violations(page) == []
