"""The storage quota of a world, and how often it is measured."""

import orjson
import pytest

from mockserver.errors import ShortCircuitError
from mockserver.state.quota import Quota
from mockserver.storage.store import Row, Store

MAX_BYTES = 100_000


@pytest.fixture
def measured(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The spaces that were measured."""
    spaces: list[str] = []
    size = store.size

    def measure(space: str) -> int:
        spaces.append(space)
        return size(space)

    monkeypatch.setattr(store, "size", measure)
    return spaces


def write(store: Store, quota: Quota, number: int, bytes: int) -> None:
    with store.transaction():
        store.space("w/x").put("thing", Row(str(number), "", number, b"a" * bytes))
        quota.check("x", bytes)


def test_a_write_beyond_the_quota_is_rolled_back(store: Store) -> None:
    quota = Quota(store, MAX_BYTES)
    for number in range(90):
        write(store, quota, number, 1000)
    with pytest.raises(ShortCircuitError) as full:
        write(store, quota, 90, 10_000)
    assert 90_000 < store.size("w/x") < MAX_BYTES
    answer = full.value.reply
    assert (answer.status, orjson.loads(answer.body)["error"]) == (507, "world_full")
    write(store, quota, 0, 1000)  # replaces another row
    store.delete_space("w/x")
    write(store, quota, 1, 1000)


def test_a_small_world_is_seldom_measured(store: Store, measured: list[str]) -> None:
    quota = Quota(store, MAX_BYTES)
    for number in range(30):
        write(store, quota, number, 10)
    assert measured == ["w/x"]


def test_without_a_quota_nothing_is_measured(store: Store, measured: list[str]) -> None:
    write(store, Quota(store, None), 1, MAX_BYTES)
    assert measured == []
