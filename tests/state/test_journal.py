"""The journal: numbering, filters, trimming and clearing."""

import time
from typing import Any

import pytest

from mockserver.state import action_log
from mockserver.state import journal as journal_module
from mockserver.state.action_log import ActionLog
from mockserver.state.journal import Journal, decode_body
from mockserver.storage.layout import EXCHANGE
from mockserver.storage.store import Row, Store


@pytest.fixture
def journal(store: Store) -> Journal:
    return Journal(store, "x")


@pytest.mark.parametrize("nanoseconds", [1_000, 0], ids=["a clock that stands", "a clock set back"])
def test_each_change_is_later_than_the_one_before(
    journal: Journal, nanoseconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_000)
    journal.note_change()
    monkeypatch.setattr(time, "time_ns", lambda: nanoseconds)
    before = journal.position()
    journal.note_change()
    assert journal.position() > before


def write(journal: Journal, times: int = 1, **members: Any) -> None:
    for _ in range(times):
        exchange: Any = {
            "vendor": "shop",
            "operation": "list_people",
            "flaw": None,
            "reply": {"status": 200, "body": ""},
        }
        journal.add(exchange | members | {"number": journal.last_number() + 1})


def numbers(found: list[Any]) -> list[int]:
    return [exchange["number"] for exchange in found]


def test_numbers_start_at_1_and_read_in_order(journal: Journal) -> None:
    assert journal.last_number() == 0
    assert journal.read() == []
    write(journal, 12)
    assert journal.last_number() == 12
    assert numbers(journal.read()) == list(range(1, 13))


def test_exchanges_are_read_as_written(journal: Journal) -> None:
    write(journal, call={"body": "å"}, why=None)
    exchange: Any
    (exchange,) = journal.read()
    assert exchange["call"] == {"body": "å"}
    assert exchange["why"] is None


def test_reading_after_a_number(journal: Journal) -> None:
    write(journal, 5)
    assert numbers(journal.read(limit=2)) == [1, 2]
    assert numbers(journal.read(after=2, limit=2)) == [3, 4]
    assert numbers(journal.read(after=4, limit=2)) == [5]
    assert journal.read(after=5) == []
    assert journal.read(after=10**30) == []


def test_reading_beyond_one_page_of_the_store(journal: Journal) -> None:
    write(journal, 250)
    assert numbers(journal.read(limit=1000)) == list(range(1, 251))


def test_filters_are_combined(journal: Journal) -> None:
    write(journal)
    write(journal, vendor="depot")
    write(journal, operation=None, flaw="unknown_path", reply={"status": 404, "body": ""})
    write(journal, flaw="broken_promise", reply={"status": 500, "body": ""})
    assert numbers(journal.read({"vendor": "depot"})) == [2]
    assert numbers(journal.read({"operation": "list_people"})) == [1, 2, 4]
    assert numbers(journal.read({"status": 404})) == [3]
    assert numbers(journal.read({"flawed": True})) == [3, 4]
    assert numbers(journal.read({"flawed": False})) == [1, 2]
    assert numbers(journal.read({"flawed": True, "vendor": "shop", "status": 500})) == [4]
    assert numbers(journal.read({"flawed": None, "vendor": None})) == [1, 2, 3, 4]
    assert numbers(journal.read({"flawed": True}, after=3)) == [4]
    assert numbers(journal.read({"flawed": True}, limit=1)) == [3]


def test_numbers_continue_after_clearing(journal: Journal) -> None:
    journal.clear()
    assert journal.last_number() == 0
    write(journal, 3)
    journal.clear()
    assert journal.read() == []
    assert journal.last_number() == 3
    journal.clear()
    write(journal)
    assert numbers(journal.read()) == [4]


def test_a_deleted_journal_starts_again(journal: Journal) -> None:
    write(journal, 3)
    journal.delete()
    assert journal.last_number() == 0


def test_the_oldest_exchanges_are_dropped(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(store, "x", max_exchanges=10)
    monkeypatch.setattr(journal_module, "_TRIM_EVERY", 4)
    lengths = set()
    for last in range(1, 41):
        write(journal)
        kept = numbers(journal.read(limit=100))
        assert kept == list(range(kept[0], last + 1))
        lengths.add(len(kept))
    assert max(lengths) == 13
    assert len(kept) == 10
    journal.clear()
    write(journal, 20)
    assert numbers(journal.read(limit=100)) == list(range(51, 61))


def test_the_tombstone_of_clearing_is_trimmed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(store, "x", max_exchanges=2)
    monkeypatch.setattr(journal_module, "_TRIM_EVERY", 1)
    write(journal, 1)
    journal.clear()
    write(journal, 5)
    assert numbers(journal.read()) == [5, 6]


def test_journals_of_different_worlds(store: Store, journal: Journal) -> None:
    other = Journal(store, "xy")
    write(journal, 2)
    write(other, 1)
    journal.delete()
    assert numbers(other.read()) == [1]


def test_a_body_is_stored_as_text() -> None:
    assert decode_body("åäö".encode()) == "åäö"
    assert decode_body(b"") == ""
    assert decode_body(b"\xff\x00a") == "\ufffd\x00a"


def test_a_long_body_is_truncated_with_its_length() -> None:
    assert decode_body(b"a" * 64_000) == "a" * 64_000
    assert decode_body(b"a" * 64_001) == "a" * 64_000 + "… (64001 bytes)"


def test_a_long_body_is_not_truncated_within_a_character() -> None:
    assert decode_body(b"a" + "å".encode() * 40_000) == "a" + "å" * 31_999 + "… (80001 bytes)"
    assert decode_body("a😀".encode() * 20_000) == "a😀" * 12_800 + "… (100000 bytes)"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"problem": "unfit"}, [2]),
        ({"fault": "drop_after"}, [3]),
        ({"method": "POST"}, [2, 3]),
        ({"path": "/people"}, [1, 2]),
        ({"method": "POST", "path": "/people", "problem": "unfit"}, [2]),
        ({"fault": None, "problem": None}, [1, 2, 3]),
        ({"problem": "other"}, []),
    ],
)
def test_further_filters(journal: Journal, filters: dict[str, Any], found: list[int]) -> None:
    nothing: dict[str, Any] = {"problem": None, "fault": None}
    write(journal, **nothing, call={"method": "GET", "path": "/people"})
    write(journal, **nothing | {"problem": "unfit"}, call={"method": "POST", "path": "/people"})
    fault = {"id": "fault-1", "kind": "drop_after"}
    write(journal, **nothing | {"fault": fault}, call={"method": "POST", "path": "/others"})
    assert numbers(journal.read(filters)) == found


def test_reading_up_to_a_number(journal: Journal) -> None:
    write(journal, 5)
    assert numbers(journal.read(after=1, until=3)) == [2, 3]
    assert numbers(journal.read(until=9)) == [1, 2, 3, 4, 5]
    assert journal.read(after=3, until=3) == []


def test_the_oldest_exchanges_are_dropped_beyond_a_size(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "_MAX_BYTES", 10_000)
    for _ in range(10):
        write(journal, 4, why="x" * 1000)
        kept = numbers(journal.read(limit=1000))
        assert kept == list(range(kept[0], journal.last_number() + 1))
        assert len(kept) <= 9
    assert len(kept) > 5
    write(journal, 4, why="x" * 20_000)
    # the newest stays, however large: the next number follows from it
    assert numbers(journal.read()) == [44]
    write(journal, 3)
    assert numbers(journal.read()) == [45, 46, 47]


def test_a_journal_within_its_limits_drops_nothing(journal: Journal) -> None:
    write(journal, 200, why="x" * 1000)
    assert len(journal.read(limit=1000)) == 200


@pytest.mark.parametrize("body", ["", "null", '{"a": "b"}\n', "two\nlines\n", "\n", 'å "ö"\u2028\0\\ 👤'])
def test_bodies_are_read_as_written(store: Store, body: str) -> None:
    journal = Journal(store, "w")
    write(journal, reply={"status": 200, "headers": {}, "body": body}, call={"body": body})
    found: Any
    (found,) = journal.read()
    assert found["reply"] == {"status": 200, "headers": {}, "body": body}
    assert found["call"] == {"body": body}


def test_exchanges_of_an_older_release_are_read(store: Store) -> None:
    old = b'{"number":1,"vendor":"shop","reply":{"status":200,"body":"x"}}'
    store.space("j/w").put(EXCHANGE, Row("000000000001", "", 1, old))
    (found,) = Journal(store, "w").read()
    assert found["reply"]["body"] == "x"


def test_dropped_exchanges_are_counted_and_cleared_ones_are_not(store: Store) -> None:
    journal = Journal(store, "x", max_exchanges=10)
    assert journal.count_dropped() == 0
    write(journal, 5)
    journal.clear()
    assert journal.count_dropped() == 0
    write(journal, 27)
    first = journal.read()[0]["number"]
    assert first == 23  # trimmed at a multiple of 16
    assert journal.count_dropped() == first - 1 - 5
    assert journal.count_dropped(after=10) == first - 1 - 10
    assert journal.count_dropped(until=8) == 3
    assert journal.count_dropped(after=first - 1) == 0
    journal.clear()
    assert journal.count_dropped() == 0
    journal.delete()
    write(journal, 1)
    assert (journal.last_number(), journal.count_dropped()) == (1, 0)


@pytest.mark.parametrize("what", ["nothing", "an exchange", "an action"])
def test_a_journal_is_cleared_if_there_was_anything(journal: Journal, store: Store, what: str) -> None:
    if what == "an exchange":
        write(journal)
    elif what == "an action":
        ActionLog(store, "x").add({"operation": "reset"}, None)
    for _ in range(2):
        journal.clear()
        assert journal.is_cleared is (what != "nothing")


def test_the_oldest_actions_are_dropped(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert action_log.MAX_ACTIONS == 1_000
    monkeypatch.setattr(action_log, "MAX_ACTIONS", 3)
    log = ActionLog(store, "x")
    for number in range(5):
        log.add({"operation": f"done {number}"}, None)
    found = [(one["number"], one["operation"]) for one in log.read(0, 10)]
    assert found == [(3, "done 2"), (4, "done 3"), (5, "done 4")]
