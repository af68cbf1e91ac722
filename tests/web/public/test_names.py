"""A hundred names as people and organisations have them, through every door, byte for byte."""

import re

import pytest

from server.text.names import organisation_key
from tests.real_names import REAL_NAMES, REAL_ORGANISATIONS
from tests.text.test_names import ATTACKS
from tests.web.reading import Anatomy, Page
from tests.web.scene import CSV, LIST, PAGE, TICKED, newest_link, table_of

ORGANISATIONS = {organisation_key(name): name for name in REAL_ORGANISATIONS}  # two spellings are one organisation
EVERYBODY = [("individual", name) for name in REAL_NAMES] + [("organisation", name) for name in ORGANISATIONS.values()]


def sign(signer, kind, name, number):
    """Sign under this name; an organisation with an address that proves it."""
    of_organisation = {"organisation": name, "name": "Ani", "website": "https://riverwatch.example"}
    fields = {"name": name} if kind == "individual" else of_organisation
    domain = f"rivers{number}.example" if kind == "individual" else "riverwatch.example"  # 60 emails an hour to each
    return signer.post(kind=kind, **fields, email=f"ani{number}@{domain}", title=None)


def listed(client) -> list[str]:
    """The names on the public list as programs get them."""
    found, after = [], ""
    while after is not None:
        answer = client.get(LIST + (f"?after={after}" if after else ""))
        assert b"\\u" not in answer.data, "names stand in it as they are"
        found += [line["organisation"] or line["name"] for line in answer.json["signatories"]]
        after = answer.json["next"]
    return found


def shown(client) -> list[str]:
    """The names on the hosted page and those behind it."""
    found, path = [], PAGE
    while path:
        page = Page(client.get(path))
        found += Anatomy(page.html).isolated
        path = next((tag[1]["href"] for tag in page.tags if tag[1].get("rel") == "next"), None)
    return found


def test_there_are_a_hundred_names_and_each_is_another_one():
    assert len(set(REAL_NAMES)) == len(REAL_NAMES) >= 100


def test_a_hundred_names_come_out_of_every_door_byte_for_byte(signer, client, context, clock, mails, export_token):
    for number, (kind, name) in enumerate(EVERYBODY):
        sent = sign(signer, kind, name, number)
        link = newest_link(context, now=clock())
        asked = client.get(link)

        assert sent.status_code == 202, (name, sent.json)
        assert sent.json["line"]["name" if kind == "individual" else "organisation"] == name
        assert f'"{name}"'.encode() in sent.data or '"' in name
        assert Anatomy(asked.data.decode()).isolated == [name]
        mails.deliver()
        assert "outcome=confirmed" in client.post(link, data=TICKED).location, name

    names = [name for _, name in EVERYBODY]
    assert listed(client) == names
    assert shown(client) == names
    rows = table_of(client.get(CSV, headers=export_token))
    assert [row["name"] if row["kind"] == "individual" else row["organisation"] for row in rows] == names
    assert [text for text in mails.texts() for name in names if len(name) > 3 and name in text] == []
    assert len(mails) == 2 * len(names) - 1, "the thanks of the last one are still to go"


@pytest.mark.parametrize("name", ["Avaaz.org", "openDemocracy.net", "350.org"])
def test_an_organisation_may_be_called_by_its_domain(signer, name):
    assert sign(signer, "organisation", name, 1).status_code == 202


@pytest.mark.parametrize("name", ATTACKS["link-in-name"])
@pytest.mark.parametrize("kind", ["individual", "organisation"])
def test_nobody_is_called_by_an_address_that_can_be_followed(signer, kind, name):
    answer = sign(signer, kind, name, 1)

    field = "name" if kind == "individual" else "organisation"
    assert (answer.status_code, answer.json["fields"]) == (422, {field: ["link-in-name"]})


def test_respelling_names_as_others_do_is_caught_by_the_same_comparison():
    """The twin: what "cleaning" of names does to those people."""
    ascii_only = [name for name in REAL_NAMES if name.encode("ascii", "ignore").decode() != name]
    straight_quotes = [name for name in REAL_NAMES if re.sub("[’ʼ‘ʻ“”«»„]", "'", name) != name]
    without_invisible = [name for name in REAL_NAMES if re.sub("[\u200c\u200d]", "", name) != name]

    assert len(ascii_only) > 80
    assert len(straight_quotes) > 12
    assert len(without_invisible) > 3
