"""Worlds that nobody uses go, and what no world stands on; nothing that is used does."""

import time

import pytest

from mockserver.errors import Problem, StoreUnavailableError
from mockserver.state.events import CallEvent
from mockserver.state.expiry import Expiry
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage.store import Row, Store
from tests.state.conftest import Shop

HOUR = 3600.0


class Now:
    """The real time, as the test has it pass."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = time.time()
        monkeypatch.setattr(time, "time", lambda: self.at)

    def passes(self, hours: float) -> None:
        self.at += hours * HOUR


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    return Now(monkeypatch)


@pytest.fixture
def expiry(worlds: Worlds, now: Now) -> Expiry:
    """After ten hours; there is the default world, and two more."""
    for name in (DEFAULT_WORLD, "busy", "idle"):
        worlds.create(name, "twelve")
    expiry = Expiry(worlds, 10 * HOUR)
    expiry.delete_expired()
    return expiry


def use(expiry: Expiry, world: str | None) -> None:
    expiry.on_call(CallEvent("GET", "http://localhost/", 200, 10, world=world))


def names(worlds: Worlds) -> list[str]:
    return [world["name"] for world in worlds.all()]


def test_a_world_that_nobody_uses_goes_with_all_it_had(
    worlds: Worlds, store: Store, expiry: Expiry, now: Now
) -> None:
    worlds.snapshot("idle", "before")
    credential = worlds.get("idle")["credentials"]["shop"]["api_key"]
    for _ in range(3):
        now.passes(4)
        use(expiry, "busy")
    assert names(worlds) == [DEFAULT_WORLD, "busy"]
    assert worlds.credential("shop", "api_key", credential) is None
    for space in ("w/idle", "s/idle/before", "j/idle"):
        assert store.size(space) == 0
    with pytest.raises(Problem):
        worlds.get("idle")


def test_the_default_world_stays(worlds: Worlds, expiry: Expiry, now: Now) -> None:
    now.passes(1000)
    use(expiry, DEFAULT_WORLD)
    assert names(worlds) == [DEFAULT_WORLD]


def test_the_time_counts_from_when_a_server_first_looks(worlds: Worlds, expiry: Expiry, now: Now) -> None:
    """A store that others served without expiry has no notes of who used what."""
    now.passes(9)
    worlds.create("new", "twelve")
    expiry.delete_expired()
    now.passes(2)
    expiry.delete_expired()
    assert names(worlds) == [DEFAULT_WORLD, "new"]


def test_a_use_that_another_server_saw_counts(worlds: Worlds, expiry: Expiry, now: Now) -> None:
    other = Expiry(worlds, 10 * HOUR)
    now.passes(8)
    use(other, "idle")
    now.passes(8)
    expiry.delete_expired()
    assert names(worlds) == [DEFAULT_WORLD, "idle"]
    other.delete_expired()
    assert names(worlds) == [DEFAULT_WORLD, "idle"]


def test_a_use_between_the_look_and_the_removal_counts(
    worlds: Worlds, store: Store, expiry: Expiry, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Expiry(worlds, 10 * HOUR)
    now.passes(11)
    hold = store.lock
    used: list[str] = []

    def use_first(name: str) -> None:
        hold(name)
        if name == "idle" and not used:
            used.append(name)
            use(other, "idle")

    monkeypatch.setattr(store, "lock", use_first)
    other._next_check = now.at + HOUR
    expiry.delete_expired()
    assert used
    assert names(worlds) == [DEFAULT_WORLD, "idle"]


def test_uses_are_written_once_a_minute(
    worlds: Worlds, store: Store, expiry: Expiry, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    now.passes(1)
    use(expiry, "busy")
    written: list[str] = []
    put = store.put

    def note(space: str, kind: str, row: Row) -> None:
        written.append(row.id)
        put(space, kind, row)

    monkeypatch.setattr(store, "put", note)
    for _ in range(61):
        use(expiry, "busy")
        now.passes(1 / 3600)
    assert written == ["busy"]


def test_a_world_made_anew_lives_a_whole_time(worlds: Worlds, expiry: Expiry, now: Now) -> None:
    now.passes(9)
    worlds.delete("idle")
    worlds.create("idle", "twelve")
    now.passes(2)
    expiry.delete_expired()
    expiry.delete_expired()
    assert "idle" in names(worlds)


def test_many_go_a_few_at_a_time(worlds: Worlds, expiry: Expiry, now: Now) -> None:
    for number in range(45):
        worlds.create(f"w{number}", "twelve")
    expiry.delete_expired()
    now.passes(11)
    left = []
    for _ in range(3):
        use(expiry, None)
        left.append(len(names(worlds)))
    assert left == [28, 8, 1]


def test_a_store_that_is_gone_fails_no_call(
    worlds: Worlds, store: Store, expiry: Expiry, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise StoreUnavailableError("gone", again=False)

    now.passes(1)
    with monkeypatch.context() as patched:
        patched.setattr(store, "transaction", gone)
        use(expiry, "idle")
    use(expiry, "idle")
    now.passes(9.5)
    expiry.delete_expired()
    assert names(worlds) == [DEFAULT_WORLD, "idle"]


def test_a_start_goes_when_no_world_stands_on_it(
    worlds: Worlds, store: Store, shop: Shop, expiry: Expiry, now: Now
) -> None:
    lone = worlds.create("lone", "twelve", seed=5)
    shared = worlds.get(DEFAULT_WORLD)["base"]
    for one in (lone, worlds.get(DEFAULT_WORLD)):
        worlds.load(one, "shop")
    expiry.delete_expired()
    now.passes(11)
    expiry.delete_expired()
    assert store.size(lone["base"]) == 0
    assert store.size(shared) > 0
    # Whoever saw the one that is gone (another server) must not take the next for it.
    again = worlds.create("again", "twelve", seed=5)
    assert again["base"] != lone["base"]
    assert worlds.load(again, "shop").records("person").count() == 12
    assert shop.populated == [lone["base"], shared, again["base"]]
    assert worlds.create("more", "twelve", seed=5)["base"] == again["base"]


def test_a_start_stays_while_a_fork_stands_on_it(
    worlds: Worlds, store: Store, expiry: Expiry, now: Now
) -> None:
    lone = worlds.create("lone", "twelve", seed=5)
    worlds.load(lone, "shop")
    worlds.fork("lone", "fork")
    expiry.delete_expired()
    for _ in range(3):
        now.passes(5)
        use(expiry, "fork")
    assert names(worlds) == [DEFAULT_WORLD, "fork"]
    assert worlds.load(worlds.get("fork"), "shop").records("person").count() == 12


def test_a_start_of_which_a_world_was_just_made_stays(worlds: Worlds, store: Store, now: Now) -> None:
    """Tests make a world and remove it, one after the other: its start is not made anew each time."""
    one = worlds.create("x", "twelve")
    worlds.load(one, "shop")
    worlds.delete("x")
    worlds.seed_data.collect_garbage(int(now.at) - 60)
    assert store.size(one["base"]) > 0
    worlds.seed_data.collect_garbage(int(now.at) + 60)
    assert store.size(one["base"]) == 0
