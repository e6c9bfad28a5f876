"""A world takes what it has room for, and is weighed seldom while it is light."""

import orjson
import pytest

from mockserver.errors import ShortCircuitError
from mockserver.state.quota import Quota
from mockserver.storage.store import Row, Store

MOST = 100_000


@pytest.fixture
def weighed(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The spaces that were weighed."""
    spaces: list[str] = []
    size = store.size

    def weigh(space: str) -> int:
        spaces.append(space)
        return size(space)

    monkeypatch.setattr(store, "size", weigh)
    return spaces


def keep(store: Store, scales: Quota, number: int, bytes: int) -> None:
    with store.transaction():
        store.put("w/x", "thing", Row(str(number), "", number, b"a" * bytes))
        scales.check("x", bytes)


def test_what_is_too_much_is_not_kept(store: Store) -> None:
    scales = Quota(store, MOST)
    for number in range(90):
        keep(store, scales, number, 1000)
    with pytest.raises(ShortCircuitError) as full:
        keep(store, scales, 90, 10_000)
    assert 90_000 < store.size("w/x") < MOST
    answer = full.value.reply
    assert (answer.status, orjson.loads(answer.body)["error"]) == (507, "world_full")
    keep(store, scales, 0, 1000)  # one that takes another's place
    store.delete_space("w/x")
    keep(store, scales, 1, 1000)


def test_a_light_world_is_seldom_weighed(store: Store, weighed: list[str]) -> None:
    scales = Quota(store, MOST)
    for number in range(30):
        keep(store, scales, number, 10)
    assert weighed == ["w/x"]


def test_without_a_bound_nothing_is_weighed(store: Store, weighed: list[str]) -> None:
    keep(store, Quota(store, None), 1, MOST)
    assert weighed == []
