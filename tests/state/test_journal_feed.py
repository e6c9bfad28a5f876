"""The events of a journal, read once for all who watch it."""

from collections.abc import Iterator

import pytest

from mockserver.state.journal_feed import JournalFeed
from mockserver.state.worlds import DEFAULT_WORLD
from mockserver.storage.memory import MemoryStore
from tests.shop import Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    store = MemoryStore()
    yield Shop(store)
    store.close()


def feed(shop: Shop) -> JournalFeed:
    return JournalFeed(shop.worlds.journal(DEFAULT_WORLD), shop.worlds.get(DEFAULT_WORLD))


def test_the_events_after_a_number_are_read_once(shop: Shop) -> None:
    for name in "abc":
        shop.send("POST", "/people", {"name": name})
    found = feed(shop)
    events = found.events_after(1)
    assert (events.data.count(b"event: exchange"), events.last, events.has_more) == (2, 3, False)
    assert b"id: 2\n" in events.data
    shop.send("GET", "/people")
    assert found.events_after(1) is events, "the feed is of one moment"
    assert found.events_after(3).data == b""
    assert feed(shop).events_after(3).last == 4
