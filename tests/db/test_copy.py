"""A database copied to another engine and back: every row, resumed where it was broken off, and compared."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.db import Store, engines
from server.db.engines import copy_rows, count_rows, open_store
from server.errors import Refused
from server.services.founding import import_founders
from server.text.signatory_list import read_signatory_list
from tests.databases import databases


@pytest.fixture
def source(db: Store, statement, scene, signer) -> Store:
    """What an instance holds: texts, partners, founding, pending and confirmed signatures, emails, the journal."""
    scene.signed()
    signer.post(name="Նինո «O’Neil» 50 %", email="nino@rivers.example", comment="one\n\ttwo \\ three")
    import_founders(
        db, "open-rivers", read_signatory_list("River Watch\nLake Watch\n").entries, actor="test", now=scene.clock()
    )
    return db


@pytest.fixture(params=["sqlite", "postgres"])
def target(request, tmp_path: Path) -> Iterator[Store]:
    here = tmp_path / "copy"
    store = open_store(str(here / "copy.db") if request.param == "sqlite" else databases.postgres(here))
    store.migrate(create=True)
    yield store
    store.close()


def nothing(_rows: int) -> None:
    """Nobody looks at the progress."""


def break_off(_rows: int) -> None:
    raise KeyboardInterrupt


def test_every_row_is_copied_and_counted(source, target):
    told: list[int] = []

    copied = copy_rows(source, target, progress=told.append)

    assert copied == sum(told) == count_rows(source) == count_rows(target) > 20


def test_there_and_back_again_it_is_the_same(source, target, tmp_path):
    back = open_store(str(tmp_path / "back.db"))
    back.migrate(create=True)

    copy_rows(source, target, progress=nothing)
    assert copy_rows(target, back, progress=nothing) == count_rows(source)
    assert copy_rows(source, back, progress=nothing) == count_rows(source)
    back.close()


def test_ids_go_on_behind_the_copied_ones(source, target, scene):
    copy_rows(source, target, progress=nothing)

    with target.write() as tx:
        tx.run("INSERT INTO partners (slug, name) VALUES ('next', 'Next')", {})
        rows = tx.rows("SELECT slug FROM partners ORDER BY id", {})

    assert rows[-1] == {"slug": "next"}


def test_a_copy_that_was_broken_off_goes_on(source, target, monkeypatch):
    monkeypatch.setattr(engines, "COPY_BATCH", 2)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            copy_rows(source, target, progress=break_off)
    assert 0 < count_rows(target) < count_rows(source)

    assert copy_rows(source, target, progress=nothing) == count_rows(source)


def test_a_copy_that_is_not_the_same_is_told_by_its_table(source, target):
    copy_rows(source, target, progress=nothing)
    with target.write() as tx:
        tx.run("UPDATE statements SET goal = 501", {})

    with pytest.raises(Refused, match="statements"):
        copy_rows(source, target, progress=nothing)


def test_a_target_with_rows_of_its_own_is_told(source, target):
    with target.write() as tx:
        tx.run("INSERT INTO partners (slug, name) VALUES ('other', 'Other')", {})

    with pytest.raises(Refused, match="partners"):
        copy_rows(source, target, progress=nothing)


def test_nothing_is_read_from_what_the_database_works_out_by_itself(db):
    [signatures] = [table for table in db.tables() if table.name == "signatures"]

    assert "state" not in signatures.columns
    assert signatures.key == ("id",)
