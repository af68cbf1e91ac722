"""A partner's own language and theme act where its page says none, before the browser's, and never over the page."""

import pytest

from server.services import partners
from server.services.partners import PartnerSettings
from tests.conftest import PARTNER
from tests.web.reading import Page, Tags
from tests.web.scene import DATA, LIST

FRAME = "/embed/open-rivers"
GETTING = "/s/open-rivers/embed"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def french(db, statement, clock):
    """River Watch wants its forms French and dark."""
    own = PartnerSettings("River Watch", frozenset({PARTNER}), "fr", "dark")
    partners.change_partner(db, "open-rivers", "river-watch", own, actor="test", now=clock())


def element(client, query):
    [tag] = [found for name, found in Page(client.get(FRAME + query, headers=ENGLISH)).tags if name[:5] == "under"]
    return tag


@pytest.mark.parametrize(
    ("query", "locale"),
    [
        ("?partner=river-watch", "fr"),
        ("?partner=river-watch&locale=en", "en"),
        ("?partner=nobody", "en"),
        ("", "en"),
    ],
)
def test_the_form_speaks_it_where_the_page_names_no_language(client, french, query, locale):
    assert client.get(DATA + query, headers=ENGLISH).json["statement"]["locale"] == locale
    assert client.get(LIST + query, headers=ENGLISH).json["messages"]["lang"] == locale
    assert element(client, query)["locale"] == locale


def test_the_browsers_language_counts_where_the_partner_has_none(client, statement):
    """The twin, before anything was chosen."""
    for accepted in ("en", "fr"):
        headers = {"Accept-Language": accepted}
        assert client.get(f"{DATA}?partner=river-watch", headers=headers).json["statement"]["locale"] == accepted


def test_the_token_of_the_frame_is_for_the_text_that_it_shows(client, french, context, clock):
    token = client.get(f"{FRAME}/token?partner=river-watch", headers=ENGLISH).json["form_token"]
    clock.forward(seconds=3)

    assert context.links.read_form_token(token, now=clock(), min_fill_s=0, place="frame").text_id == 2


@pytest.mark.parametrize(
    ("query", "theme"),
    [
        ("?partner=river-watch", "dark"),
        ("?partner=river-watch&theme=light", "light"),
        ("?partner=river-watch&theme=auto", "auto"),
        ("?partner=river-watch&theme=pink", "dark"),
        ("", None),
    ],
)
def test_the_plain_frame_wears_the_theme_where_it_is_told_none(client, french, query, theme):
    assert element(client, query).get("theme") == theme


@pytest.mark.parametrize(
    ("query", "worn", "framed"),
    [
        ("", "dark", "&theme=dark"),
        ("&theme=light", "light", "&theme=light"),
        ("&theme=auto", None, "&theme=auto"),
    ],
)
def test_the_snippet_says_the_theme_and_leaves_the_language_to_the_page(client, french, query, worn, framed):
    page = Page(client.get(f"{GETTING}?partner=river-watch{query}", headers=ENGLISH))

    tag = Tags(page.values["script"]).found["undersigned-form"]
    assert (tag.get("theme"), tag.get("locale")) == (worn, None)
    assert Tags(page.values["frame"]).found["iframe"]["src"].endswith(f"{FRAME}?partner=river-watch{framed}")
    assert page.values["theme"] == (worn or "auto")


def test_a_change_acts_at_once(client, statement, db, clock):
    """A kept answer would go on for minutes."""
    assert client.get(f"{DATA}?partner=river-watch", headers=ENGLISH).json["statement"]["locale"] == "en"

    own = PartnerSettings("River Watch", frozenset({PARTNER}), "fr", None)
    partners.change_partner(db, "open-rivers", "river-watch", own, actor="test", now=clock())

    assert client.get(f"{DATA}?partner=river-watch", headers=ENGLISH).json["statement"]["locale"] == "fr"
