"""Records and indexes: contents and order."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.state.change_log import ChangeLog
from mockserver.state.records import Index, Records
from mockserver.state.world import World
from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Cursor, Store
from tests.state.conftest import START

texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=4)


@pytest.fixture
def world(store: Store) -> World:
    base = World("b/x", 7, "shop", store.space("b/x"), START)
    base.take_serials(3)
    base.records("person").bulk_insert((f"p{number}", {"n": number}, "", number) for number in (1, 2, 3))
    base.index("tag").bulk_insert([("red", "p1", 0), ("red", "p2", 0), ("blue", "p1", 5)])
    return World("x", 7, "shop", store.space("w/x", "b/x"), START)


def again(world: World) -> World:
    """The same world in the next call."""
    return World(world.name, world.seed, world.vendor, world._space, START)


def ids(world: World, kind: str = "person", parent: str = "", **options: Any) -> list[str]:
    return [row.id for row in world.records(kind).page(parent, limit=100, **options)]


def test_new_records_come_after_those_of_the_base(world: World) -> None:
    world.records("person").add("p0", {"n": 0})
    assert ids(world) == ["p1", "p2", "p3", "p0"]
    assert ids(world, newest_first=True) == ["p0", "p3", "p2", "p1"]


def test_a_record_that_is_known_to_be_new_is_not_looked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a file, that is a statement for each record that is created."""
    log = ChangeLog()
    people = Records(world._space, "shop.person", world.serial, log)
    monkeypatch.setattr(world._space, "get", lambda *_: pytest.fail("it was looked for"))
    people.add("p9", {"n": 9}, rank=9, is_new=True)
    (change,) = log.changes.values()
    assert (change.before, change.after and change.after.body) == (None, b'{"n":9}')


def test_an_explicit_rank(world: World) -> None:
    world.records("person").add("p0", {"n": 0}, rank=0)
    assert ids(world) == ["p0", "p1", "p2", "p3"]


def test_a_record_is_a_fresh_copy(world: World) -> None:
    people = world.records("person")
    first = people.get("p1")
    assert first == {"n": 1}
    first["n"] = 99
    assert people.get("p1") == {"n": 1}
    assert people.page(limit=1)[0].record == {"n": 1}


def test_an_updated_record_keeps_its_cursor(world: World) -> None:
    people = world.records("person")
    people.add("child", {"n": 4}, parent="p1", rank=8)
    people.update("p2", {"n": 22})
    people.update("child", {"n": 44})
    assert ids(world) == ["p1", "p2", "p3"]
    (child,) = people.page("p1", limit=9)
    assert (child.parent, child.rank, child.record) == ("p1", 8, {"n": 44})
    assert people.get("p2") == {"n": 22}


def test_a_record_that_does_not_exist(world: World) -> None:
    people = world.records("person")
    assert people.get("p9") is None
    assert not people.has("p9")
    assert not people.remove("p9")
    with pytest.raises(KeyError, match="p9"):
        people.update("p9", {})
    assert people.page("p9", limit=9) == []
    assert people.count("p9") == 0


def test_a_removed_record_can_be_added_again(world: World) -> None:
    people = world.records("person")
    assert people.remove("p2")
    assert not people.remove("p2")
    assert not people.has("p2")
    with pytest.raises(KeyError):
        people.update("p2", {})
    assert (ids(world), people.count()) == (["p1", "p3"], 2)
    people.add("p2", {"n": "new"})
    assert (ids(world), people.count()) == (["p1", "p3", "p2"], 3)


def test_kinds_and_vendors_are_separate(world: World) -> None:
    world.records("list").add("p1", {"a": "list"})
    assert world.records("person").get("p1") == {"n": 1}
    other = World("x", 7, "depot", world._space, START)
    assert other.records("person").get("p1") is None
    assert other.index("tag").find("red") == []
    world.index("person").add("p1", "x")
    assert world.records("person").count() == 3


def test_pages_and_iteration_agree(world: World) -> None:
    people = world.records("person")
    first, second = people.page(limit=2), people.page(limit=2, skip=2)
    assert [row.id for row in (*first, *second)] == [row.id for row in people.iterate()] == ["p1", "p2", "p3"]
    assert people.page(limit=2, after=first[-1].cursor) == second
    assert second[0].cursor == Cursor(3, "p3")
    assert [row.record["n"] for row in people.iterate(newest_first=True)] == [3, 2, 1]


def test_records_can_be_removed_while_iterating(world: World) -> None:
    people = world.records("person")
    for row in people.iterate():
        people.remove(row.id)
    assert people.count() == 0


def test_values_outside_json_are_rejected(world: World) -> None:
    with pytest.raises(TypeError):
        world.records("person").add("p9", {"span": timedelta(1)})
    assert not world.records("person").has("p9")


def test_an_index_is_an_ordered_set(world: World) -> None:
    tags = world.index("tag")
    tags.add("red", "p0", rank=-1)
    tags.add("red", "p1")
    assert tags.find("red") == ["p0", "p1", "p2"]
    assert tags.find("red", limit=1) == ["p0"]
    assert tags.count("red") == 3
    assert tags.has("red", "p2")
    assert not tags.has("blue", "p2")
    assert tags.remove("red", "p1")
    assert not tags.remove("red", "p1")
    assert tags.find("red") == ["p0", "p2"]
    assert tags.find("blue") == ["p1"]


def test_a_target_added_again_gets_the_new_rank(world: World) -> None:
    tags = world.index("tag")
    tags.add("red", "p1", rank=9)
    assert tags.find("red") == ["p2", "p1"]
    assert tags.count("red") == 2


def test_a_page_of_an_index_after_a_removed_target(world: World) -> None:
    tags = world.index("tag")
    for rank, target in enumerate(("p1", "p2", "p3")):
        tags.add("red", target, rank)
    cursor = tags.cursor("red", "p2", 1)
    assert cursor == tags.page("red", limit=2)[-1].cursor
    tags.remove("red", "p2")
    assert [entry.target for entry in tags.page("red", limit=9, after=cursor)] == ["p3"]
    assert [entry.target for entry in tags.page("red", limit=9, after=cursor, newest_first=True)] == ["p1"]


def test_paging_through_an_index(world: World) -> None:
    tags = world.index("tag")
    tags.bulk_insert(("many", f"t{number:02}", number // 3) for number in range(20))
    found, after = [], None
    while entries := tags.page("many", limit=3, after=after):
        found += [entry.target for entry in entries]
        after = entries[-1].cursor
    assert found == [f"t{number:02}" for number in range(20)]
    assert [entry.target for entry in tags.iterate("many", newest_first=True)] == found[::-1]
    assert [entry.rank for entry in tags.page("many", limit=2, skip=2)] == [0, 1]


@settings(max_examples=50)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=8))
def test_keys_and_targets_may_be_any_text(pairs: list[tuple[str, str]]) -> None:
    store = MemoryStore()
    index = Index(store.space("w/x"), "any")
    for key, target in pairs:
        index.add(key, target)
    assert pairs
    for key, target in pairs:
        assert index.has(key, target)
        assert index.find(key) == sorted({other for other_key, other in pairs if other_key == key})
        assert index.count(key) == len(index.find(key))
    store.close()


@pytest.mark.parametrize("separator", ["\x1f", ":", "/", "\x00", "1:"])
def test_a_separator_in_key_or_target(world: World, separator: str) -> None:
    tags = world.index("tag")
    tags.add(f"a{separator}b", "c")
    tags.add("a", f"b{separator}c")
    assert tags.find(f"a{separator}b") == ["c"]
    assert tags.find("a") == [f"b{separator}c"]


def test_serials_continue_those_of_the_base(world: World) -> None:
    assert [world.serial(), world.serial()] == [4, 5]
    assert again(world).serial() == 6
    assert again(world).take_serials(10) == 16
    assert again(world).serial() == 17
    assert World("x", 7, "depot", world._space, START).serial() == 1


def test_ids_are_fresh_and_depend_on_seed_and_history(world: World, store: Store) -> None:
    other = World("other", 7, "shop", store.space("w/other", "b/x"), START)
    drawn = [world.uuid(), world.id_hex(24), world.uuid(), world.id_hex(64)]
    assert drawn == [other.uuid(), other.id_hex(24), other.uuid(), other.id_hex(64)]
    assert len(set(drawn)) == 4
    assert [len(id) for id in drawn] == [36, 24, 36, 64]
    assert drawn[0][14] == "4"
    assert World("x", 8, "shop", store.space("w/8", "b/x"), START).uuid() not in drawn


def test_random_depends_on_the_seed_and_the_parts(world: World, store: Store) -> None:
    other = World("other", 7, "shop", store.space("w/other"), START)
    assert world.random("score", 3).random() == other.random("score", 3).random()
    # this exact number: it must not change between processes or releases
    assert world.random("score", 3).randrange(10**9) == 834972712
    assert len({world.random("score", part).random() for part in range(50)}) == 50
    assert world.random().random() != World("x", 7, "depot", store.space("w"), START).random().random()
