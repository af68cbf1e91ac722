"""Revise: a frozen text changes only with a reason, by a public difference or by a new edition."""

import json
from functools import partial

import pytest

from server.errors import Invalid, NotFound, Refused
from server.services.texts import (
    REVISIONS,
    NothingChanged,
    TextMoved,
    TextSigned,
    add_statement,
    publish_revision,
)
from server.tables import texts as texts_table
from server.text.statement_file import read_statement, text_sha256
from tests.conftest import RIVERS
from tests.editing import REASON, mend, reworded, rewrite, versions_signed
from tests.scene import Scene

VERBS = pytest.mark.parametrize(
    "verb", [partial(publish_revision, change=change) for change in REVISIONS], ids=REVISIONS
)
BODY = "We, the undersigned, ask for **open** rivers."


def texts(scene: Scene) -> list[tuple[int, str, str | None]]:
    rows = scene.rows("SELECT version, change, reason FROM statement_texts WHERE locale = 'en' ORDER BY version")
    return [(row["version"], row["change"], row["reason"]) for row in rows]


def superseded(scene: Scene) -> list[int]:
    with scene.db.read() as tx:
        return sorted(one.version for one in texts_table.list_superseded(tx, scene.statement.id).values())


def sha256(body: str) -> str:
    return text_sha256("Keep our rivers open", "Anybody who lives by a river", body)


def test_a_mended_typo_is_a_version_with_its_reason_and_goes_on_with_the_edition(scene):
    scene.signed()

    revised = mend(scene, "We, the undersigned, ask for **open** river.")

    assert (revised.text.version, revised.text.sha256) == (2, sha256("We, the undersigned, ask for **open** river."))
    assert revised.reach is None
    assert texts(scene) == [(1, "first", None), (2, "typo", REASON)]
    assert superseded(scene) == []
    assert versions_signed(scene) == [1]


def test_a_change_of_substance_begins_an_edition_and_leaves_every_name_where_it_is(scene):
    scene.signed()
    mend(scene, "We ask for open rivers.")

    revised = rewrite(scene, "We demand dams.")

    assert (revised.text.version, superseded(scene)) == (3, [1, 2])
    assert versions_signed(scene) == [1]
    text_id = scene.get(1).text_id
    with scene.db.read() as tx:
        assert "**open** rivers" in texts_table.get(tx, text_id).body


def test_the_journal_tells_who_did_what_to_which_text_and_why(scene):
    scene.signed()
    rewrite(scene, "We demand dams.")

    row = scene.rows("SELECT * FROM journal JOIN journal_details ON journal_id = id ORDER BY id DESC LIMIT 1")[0]
    assert (row["actor"], row["verb"], row["subject"]) == ("kate", "statement.text", "statement:open-rivers")
    assert (row["reason"], row["statement_id"]) == (REASON, scene.statement.id)
    before, after = json.loads(row["before"]), json.loads(row["after"])
    assert (before["sha256"], after["sha256"]) == (sha256(BODY), sha256("We demand dams."))
    assert (after["change"], after["locale"], after["version"]) == ("substance", "en", 2)


def test_those_who_cannot_be_asked_are_told_apart(scene):
    scene.found("River Watch\nLake Watch\n")
    scene.signed(email="quiet@rivers.example")
    scene.signed(email="reader@rivers.example", newsletter=True)
    scene.sign(email="pending@rivers.example")

    assert rewrite(scene, "We demand dams.").reach == texts_table.Reach(askable=1, silent=3)


def test_signers_of_another_language_are_not_concerned(scene):
    scene.signed(newsletter=True)

    assert rewrite(scene, "Nous demandons des barrages.", locale="fr").reach == texts_table.Reach(0, 0)
    assert superseded(scene) == [1]
    assert versions_signed(scene) == [1]


@VERBS
@pytest.mark.parametrize(
    ("reason", "code"),
    [("", "required"), (" \n", "required"), ("x" * 301, "too-long"), ("a\u202eb", "control-characters")],
)
def test_a_reason_must_be_given_in_one_readable_line(scene, clock, verb, reason, code):
    with pytest.raises(Invalid) as refusal:
        verb(scene.db, "open-rivers", "en", reworded(scene, "New"), reason=reason, was=None, actor="kate", now=clock())

    assert refusal.value.fields == {"reason": [code]}
    assert texts(scene) == [(1, "first", None)]


@VERBS
def test_what_changes_nothing_is_refused(scene, clock, verb):
    with pytest.raises(NothingChanged):
        verb(
            scene.db,
            "open-rivers",
            "en",
            reworded(scene, f" {BODY}\r\n"),
            reason="Hm",
            was=None,
            actor="k",
            now=clock(),
        )

    assert texts(scene) == [(1, "first", None)]


@VERBS
def test_a_change_that_was_made_from_another_text_is_refused(scene, clock, verb):
    mend(scene, "We ask for open rivers.")
    stands = texts(scene)

    with pytest.raises(TextMoved):
        verb(
            scene.db, "open-rivers", "en", reworded(scene, "New"), reason="Hm", was=sha256(BODY), actor="k", now=clock()
        )

    assert texts(scene) == stands
    assert mend(scene, "New", was=sha256("We ask for open rivers.")).text.version == 3


@pytest.mark.parametrize(("slug", "locale"), [("no-such", "en"), ("open-rivers", "hy")])
def test_there_must_be_a_text_to_change(scene, clock, slug, locale):
    with pytest.raises(NotFound):
        publish_revision(
            scene.db, slug, locale, reworded(scene, "New"), change="typo", reason="Hm", was=None, actor="k", now=clock()
        )


def test_what_all_languages_share_is_not_changed_in_passing(scene, clock):
    file = read_statement(RIVERS.replace("goal = 500", "goal = 600"))

    with pytest.raises(Refused, match="goal"):
        publish_revision(
            scene.db,
            "open-rivers",
            "en",
            reworded(scene, "New"),
            change="typo",
            reason="Hm",
            was=None,
            shared=file.shared,
            actor="k",
            now=1,
        )


@pytest.mark.parametrize("change", [mend, rewrite])
def test_a_version_that_nobody_has_signed_is_as_frozen_as_the_one_before(scene, clock, change):
    scene.signed()
    change(scene, "We ask for open rivers.")

    with pytest.raises(TextSigned):
        add_statement(scene.db, read_statement(RIVERS), actor="kate", now=clock())


def test_who_reads_the_public_page_gets_the_new_text_at_once(scene):
    [was] = scene.rows("SELECT stamp FROM statements")

    mend(scene, "We ask for open rivers.")

    assert scene.rows("SELECT stamp FROM statements")[0]["stamp"] > was["stamp"]


def test_the_public_sees_versions_from_the_first_that_was_signed(scene, clock):
    draft = RIVERS.replace("**open** rivers", "a draft with a name in it")
    add_statement(scene.db, read_statement(draft), actor="kate", now=clock())
    add_statement(scene.db, read_statement(RIVERS), actor="kate", now=clock())

    def public() -> list[int]:
        with scene.db.read() as tx:
            return [one.version for one in texts_table.list_public(tx, scene.statement.id, "en")]

    assert public() == [3]
    signature_id = scene.signed()  # by a form that was opened with version 1
    assert public() == [3, 2, 1]
    scene.run("UPDATE signatures SET text_id = (SELECT max(id) FROM statement_texts) WHERE id = :id", id=signature_id)
    mend(scene, "We ask for open rivers.")
    assert public() == [4, 3]
