"""What a test reads and asserts of the records of its world."""

from collections.abc import Callable

import pytest
import requests

from mockserver.client import World
from mockserver.errors import ControlError


def create(mockserver: World, email: str) -> str:
    """The id of a new consumer of Fanfare."""
    url, headers = f"{mockserver.url('fanfare')}/api/v1/consumers", mockserver.headers("fanfare")
    return str(requests.post(url, json={"email": email}, headers=headers, timeout=20).json()["id"])


def test_changes_of_a_block(mockserver: World) -> None:
    create(mockserver, "before@shop.example")
    with mockserver.changes() as changes:
        changes.assert_none()
        id = create(mockserver, "inside@shop.example")
        assert changes.counts["fanfare.consumers"] == {"added": 1}
    create(mockserver, "after@shop.example")
    members = changes.counts["fanfare.members"]["added"]
    changes.assert_only(added={"fanfare.consumers": 1, "fanfare.members": range(members + 1)})
    changes.assert_none("ortto", "fanfare.audiences")
    assert [one["id"] for one in changes.added("fanfare.consumers")] == [id]
    assert changes.updated("fanfare.consumers") == changes.removed("fanfare.consumers") == []
    assert mockserver.snapshots() == []


def test_what_was_due_before_the_block_is_no_change_of_it(mockserver: World) -> None:
    mockserver.settings()
    with mockserver.changes() as changes:
        url, headers = f"{mockserver.url('voyado')}/api/v3/contacts/count", mockserver.headers("voyado")
        requests.get(url, headers=headers, timeout=20)
    changes.assert_none()


def test_a_failure_shows_the_change_that_was_not_expected(mockserver: World) -> None:
    id = create(mockserver, "one@shop.example")
    with mockserver.changes() as changes:
        url = f"{mockserver.url('fanfare')}/api/v1/consumers/{id}"
        requests.put(url, json={"fullName": "New Name"}, headers=mockserver.headers("fanfare"), timeout=20)
    with pytest.raises(AssertionError) as failure:
        changes.assert_only()
    with pytest.raises(AssertionError, match=r"^not expected:\n"):
        changes.assert_none()
    title, line = str(failure.value).splitlines()
    assert title == "not expected:"
    assert f'fanfare.consumers {id} updated: /fullName null → "New Name"' in line
    with pytest.raises(AssertionError) as failure:
        changes.assert_only(updated={"fanfare.consumers": range(2, 5)})
    title, line = str(failure.value).splitlines()
    assert title == "expected 2 to 4 updated in fanfare.consumers, found 1:"
    assert f'fanfare.consumers {id} updated: /fullName null → "New Name"' in line
    with pytest.raises(AssertionError, match=r"expected 1 removed in .*, found 0"):
        changes.assert_only(updated={"fanfare.consumers": 1}, removed={"fanfare.consumers": 1})
    with pytest.raises(ControlError, match="unknown collection 'consumer' of fanfare"):
        changes.assert_only(updated={"fanfare.consumer": 1})


def test_records_are_read(mockserver: World) -> None:
    id = create(mockserver, "read@shop.example")
    (found,) = mockserver.records("fanfare", "consumers", {"/email": "read@shop.example", "/phone": None})
    assert found == mockserver.record("fanfare", "consumers", id)
    assert mockserver.records("fanfare", "consumers", {"/nickname": ...}) == []
    assert len(mockserver.records("fanfare", "consumers", limit=3)) == 3
    everybody = mockserver.records("fanfare", "consumers")
    counted = {one["name"]: one["count"] for one in mockserver.collections("fanfare")}
    assert len(everybody) == counted["consumers"]
    with pytest.raises(ControlError, match="no record"):
        mockserver.record("fanfare", "consumers", "nobody")


def test_the_hash_follows_the_state(mockserver: World) -> None:
    before = mockserver.state_hash()
    create(mockserver, "hash@shop.example")
    assert mockserver.state_hash() != before
    mockserver.reset()
    assert mockserver.state_hash() == before


def test_one_record_too_many_is_always_found(mockserver: World) -> None:
    """Fifty clients that do what they should, and touch one more record."""
    own = mockserver.record("fanfare", "consumers", create(mockserver, "own@shop.example"))["organizationId"]
    where = {"/organizationId": own}
    consumers = [one["id"] for one in mockserver.records("fanfare", "consumers", where, limit=25)]
    people = mockserver.records("ortto", "people", {"/fields/str::email": ..., "/archived": False}, limit=25)
    with requests.Session() as session:

        def update_consumer(id: str) -> None:
            url = f"{mockserver.url('fanfare')}/api/v1/consumers/{id}"
            session.put(url, json={"fullName": "Touched"}, headers=mockserver.headers("fanfare"), timeout=20)

        def update_person(email: str) -> None:
            url, headers = f"{mockserver.url('ortto')}/v1/person/merge", mockserver.headers("ortto")
            body = {
                "people": [{"fields": {"str::email": email, "str::first": "Touched"}}],
                "merge_by": ["str::email"],
            }
            session.post(url, json=body, headers=headers, timeout=20)

        mistakes: list[tuple[Callable[[str], None], str]] = [(update_consumer, id) for id in consumers]
        mistakes += [(update_person, one["fields"]["str::email"]) for one in people]
        assert len(mistakes) == 50
        for number, (touch, record) in enumerate(mistakes):
            with mockserver.changes() as changes:
                create(mockserver, f"mistake-{number}@shop.example")
                touch(record)
            with pytest.raises(AssertionError, match="not expected"):
                changes.assert_only(added={"fanfare.consumers": 1, "fanfare.members": range(20)})
