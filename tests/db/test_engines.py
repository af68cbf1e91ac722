"""The engine is chosen by the database's address."""

import sys
from pathlib import Path

import pytest

from server.db.engines import open_store
from server.db.postgres import PostgresStore
from server.errors import SettingsError


@pytest.mark.parametrize("address", ["{}/u.db", "sqlite:///{}/u.db"])
def test_a_path_and_its_url_are_the_same_database(tmp_path, address):
    store = open_store(address.format(tmp_path))

    store.migrate(create=True)

    assert (tmp_path / "u.db").is_file()
    store.close()


@pytest.mark.parametrize("address", ["u.db", "sqlite:///u.db"])
def test_a_relative_path_is_settled_when_the_store_is_opened(tmp_path, monkeypatch, address):
    monkeypatch.chdir(tmp_path)
    store = open_store(address)
    monkeypatch.chdir("/")

    store.migrate(create=True)

    assert (tmp_path / "u.db").is_file()
    store.close()


@pytest.mark.parametrize("scheme", ["mysql", "cockroachdb", "https"])
def test_another_engine_is_refused_by_name_and_without_its_password(scheme):
    with pytest.raises(SettingsError) as refusal:
        open_store(f"{scheme}://somebody:secret@db.example/letters")

    assert scheme in str(refusal.value)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_postgresql_is_opened_at_its_first_use(scheme):
    store = open_store(f"{scheme}://somebody:secret@db.example/letters")

    assert type(store) is PostgresStore
    store.close()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_postgresql_without_its_package_is_refused_with_what_to_install(scheme, monkeypatch):
    monkeypatch.setitem(sys.modules, "server.db.postgres", None)

    with pytest.raises(SettingsError, match=r"undersigned\[postgres\]"):
        open_store(f"{scheme}://db.example/letters")


@pytest.mark.parametrize("address", ["sqlite://u.db", "sqlite://host/u.db"])
def test_an_address_with_a_host_is_refused_and_not_taken_for_a_path(tmp_path, monkeypatch, address):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SettingsError, match="sqlite:///"):
        open_store(address)


def test_nothing_is_opened_yet(tmp_path):
    open_store(str(tmp_path / "u.db"))

    assert list(Path(tmp_path).iterdir()) == []
