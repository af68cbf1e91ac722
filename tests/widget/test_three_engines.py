"""One whole signature in Chromium, Firefox and WebKit, from a partner's strict page to the public list."""

import pytest

from tests.browsers.installed import missing_packages
from tests.browsers.signing import FORBIDDEN, STRICT, Signing
from tests.web.native import NATIVE
from tests.widget.conftest import MODES

ANI = NATIVE["en"][1]
# What a page under Trusted Types may not do.
WRITE_HTML = "() => { try { document.body.innerHTML = '<p>'; return 'written'; } catch { return 'refused'; } }"


@pytest.fixture
def signing(server, website, db, mails):
    return Signing(server, website, db, mails)


@pytest.mark.browser
@MODES
def test_a_visitor_signs_on_a_strict_page_and_confirms_by_the_email(visitor, signing, mode):
    visitor.open(signing.put(mode, STRICT[mode]))
    signing.sign(visitor, mode)
    assert visitor.find("link", "Sign there") is None
    signing.confirm(visitor)

    assert signing.confirmed() == [(ANI, "en")]
    visitor.open(f"{signing.server.url}/s/{signing.slug}")
    visitor.wait_to_read(ANI)
    assert visitor.errors() == []


@pytest.mark.browser
def test_a_policy_that_forbids_our_server_leaves_the_link(visitor, signing):
    """The twin: the same page without ``connect-src``. Its policy holds in each engine, Trusted Types included."""
    visitor.open(signing.put("inline", FORBIDDEN))

    visitor.wait_for("link", "Sign there")
    visitor.wait_for("button", "Try again")
    assert visitor.find("field", "Your name") is None
    assert visitor.run(WRITE_HTML) == "refused"


def test_a_missing_browser_is_named_by_its_package():
    assert missing_packages("firefox", lambda _: False) == ["firefox-esr"]
    assert missing_packages("webkit", lambda _: False) == ["webkit2gtk-driver", "xvfb"]
    assert missing_packages("webkit", lambda program: program.name == "Xvfb") == ["webkit2gtk-driver"]
    assert missing_packages("chromium", lambda _: False) == []
