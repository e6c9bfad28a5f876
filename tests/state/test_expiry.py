"""Expiry deletes unused worlds and unused seed data, and nothing that is used."""

import time

import pytest

from mockserver.errors import Problem, StoreUnavailableError
from mockserver.state.events import CallEvent
from mockserver.state.expiry import Expiry
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage.store import Row, Space, Store
from tests.state.conftest import Shop

HOUR = 3600.0


class Now:
    """The real time, advanced by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = time.time()
        monkeypatch.setattr(time, "time", lambda: self.at)

    def advance(self, hours: float) -> None:
        self.at += hours * HOUR


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    return Now(monkeypatch)


@pytest.fixture
def expiry(worlds: Worlds, now: Now) -> Expiry:
    """Expiry after ten hours, with the default world and two more."""
    for name in (DEFAULT_WORLD, "busy", "idle"):
        worlds.create(name, "twelve")
    expiry = Expiry(worlds, 10 * HOUR)
    expiry.delete_expired()
    return expiry


def use(expiry: Expiry, world: str | None) -> None:
    expiry.on_call(CallEvent("GET", "http://localhost/", 200, 10, world=world))


def names(worlds: Worlds) -> list[str]:
    return [world["name"] for world in worlds.all()]


def test_an_unused_world_is_deleted_completely(
    worlds: Worlds, store: Store, expiry: Expiry, now: Now
) -> None:
    worlds.snapshot("idle", "before")
    credential = worlds.get("idle")["credentials"]["shop"]["api_key"]
    for _ in range(3):
        now.advance(4)
        use(expiry, "busy")
    assert names(worlds) == [DEFAULT_WORLD, "busy"]
    assert worlds.credential("shop", "api_key", credential) is None
    for space in ("w/idle", "s/idle/before", "j/idle"):
        assert store.size(space) == 0
    with pytest.raises(Problem):
        worlds.get("idle")


def test_the_default_world_does_not_expire(worlds: Worlds, expiry: Expiry, now: Now) -> None:
    now.advance(1000)
    use(expiry, DEFAULT_WORLD)
    assert names(worlds) == [DEFAULT_WORLD]


def test_the_idle_time_starts_at_the_first_check(worlds: Worlds, expiry: Expiry, now: Now) -> None:
    """A store that was served without expiry has no records of uses."""
    now.advance(9)
    worlds.create("new", "twelve")
    expiry.delete_expired()
    now.advance(2)
    expiry.delete_expired()
    assert names(worlds) == [DEFAULT_WORLD, "new"]


def test_a_use_recorded_by_another_server_counts(worlds: Worlds, expiry: Expiry, now: Now) -> None:
    other = Expiry(worlds, 10 * HOUR)
    now.advance(8)
    use(other, "idle")
    now.advance(8)
    expiry.delete_expired()
    assert names(worlds) == [DEFAULT_WORLD, "idle"]
    other.delete_expired()
    assert names(worlds) == [DEFAULT_WORLD, "idle"]


def test_a_use_between_check_and_deletion_counts(
    worlds: Worlds, store: Store, expiry: Expiry, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Expiry(worlds, 10 * HOUR)
    now.advance(11)
    lock = store.lock
    used: list[str] = []

    def use_first(name: str) -> None:
        lock(name)
        if name == "idle" and not used:
            used.append(name)
            use(other, "idle")

    monkeypatch.setattr(store, "lock", use_first)
    other._next_check = now.at + HOUR
    expiry.delete_expired()
    assert used
    assert names(worlds) == [DEFAULT_WORLD, "idle"]


def test_uses_are_recorded_once_a_minute(
    worlds: Worlds, store: Store, expiry: Expiry, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    now.advance(1)
    use(expiry, "busy")
    written: list[str] = []
    space_type = type(store.space(""))
    put = space_type.put

    def record_put(space: Space, kind: str, row: Row) -> None:
        written.append(row.id)
        put(space, kind, row)

    monkeypatch.setattr(space_type, "put", record_put)
    for _ in range(61):
        use(expiry, "busy")
        now.advance(1 / 3600)
    assert written == ["busy"]


def test_a_recreated_world_has_a_full_idle_time(worlds: Worlds, expiry: Expiry, now: Now) -> None:
    now.advance(9)
    worlds.delete("idle")
    worlds.create("idle", "twelve")
    now.advance(2)
    expiry.delete_expired()
    expiry.delete_expired()
    assert "idle" in names(worlds)


def test_a_limited_number_is_deleted_at_once(worlds: Worlds, expiry: Expiry, now: Now) -> None:
    for number in range(45):
        worlds.create(f"w{number}", "twelve")
    expiry.delete_expired()
    now.advance(11)
    left = []
    for _ in range(3):
        use(expiry, None)
        left.append(len(names(worlds)))
    assert left == [28, 8, 1]


def test_an_unavailable_store_does_not_fail_calls(
    worlds: Worlds, store: Store, expiry: Expiry, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable() -> None:
        raise StoreUnavailableError("gone", again=False)

    now.advance(1)
    with monkeypatch.context() as patched:
        patched.setattr(store, "transaction", unavailable)
        use(expiry, "idle")
    use(expiry, "idle")
    now.advance(9.5)
    expiry.delete_expired()
    assert names(worlds) == [DEFAULT_WORLD, "idle"]


def test_seed_data_is_deleted_when_no_world_uses_it(
    worlds: Worlds, store: Store, shop: Shop, expiry: Expiry, now: Now
) -> None:
    lone = worlds.create("lone", "twelve", seed=5)
    shared = worlds.get(DEFAULT_WORLD)["base"]
    for one in (lone, worlds.get(DEFAULT_WORLD)):
        worlds.load(one, "shop")
    expiry.delete_expired()
    now.advance(11)
    expiry.delete_expired()
    assert store.size(lone["base"]) == 0
    assert store.size(shared) > 0
    # Another server that has seen the deleted data must not take the new data for it.
    again = worlds.create("again", "twelve", seed=5)
    assert again["base"] != lone["base"]
    assert worlds.load(again, "shop").records("person").count() == 12
    assert shop.populated == [lone["base"], shared, again["base"]]
    assert worlds.create("more", "twelve", seed=5)["base"] == again["base"]


def test_seed_data_is_kept_while_a_fork_uses_it(
    worlds: Worlds, store: Store, expiry: Expiry, now: Now
) -> None:
    lone = worlds.create("lone", "twelve", seed=5)
    worlds.load(lone, "shop")
    worlds.fork("lone", "fork")
    expiry.delete_expired()
    for _ in range(3):
        now.advance(5)
        use(expiry, "fork")
    assert names(worlds) == [DEFAULT_WORLD, "fork"]
    assert worlds.load(worlds.get("fork"), "shop").records("person").count() == 12


def test_recently_used_seed_data_is_kept(worlds: Worlds, store: Store, now: Now) -> None:
    """Tests create and delete one world after the other: the seed data is not loaded again each time."""
    one = worlds.create("x", "twelve")
    worlds.load(one, "shop")
    worlds.delete("x")
    worlds.seed_data.collect_garbage(int(now.at) - 60)
    assert store.size(one["base"]) > 0
    worlds.seed_data.collect_garbage(int(now.at) + 60)
    assert store.size(one["base"]) == 0
