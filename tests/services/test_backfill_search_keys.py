"""Make searchable: what an older version confirmed is found once the hourly chore has been by."""

from server.services.scheduled import backfill_search_keys


def found(scene) -> list[int]:
    return [row["id"] for row in scene.rows("SELECT id FROM searched WHERE search_key LIKE '%rivers%' ORDER BY id")]


def test_lines_without_a_key_get_one_and_nothing_is_done_twice(scene):
    ids = [scene.signed(email=f"{number}@rivers.example", city="Three Rivers") for number in range(3)]
    scene.run("UPDATE signatures SET search_key = NULL")
    assert found(scene) == []

    assert [backfill_search_keys(scene.db, most=2) for _ in range(3)] == [2, 1, 0]
    assert found(scene) == ids
