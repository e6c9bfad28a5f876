"""The records of a world, and what has changed in it."""

import json
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import uuid4

from mockserver.call import EffectEntry
from mockserver.client.connection import Connection
from mockserver.formats.diff_verdict import judge

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module

_PAGE_SIZE: Final = 1_000

Expected = Mapping[str, int | range]
"""Numbers of records by collection (`vendor.people`): exact, or a range."""
State = str | int
"""A state of a world: `start`, `now`, the name of a snapshot, or the number of an exchange."""


class Records:
    """The collections of a world."""

    def __init__(self, control: Connection, path: str) -> None:
        self._control = control
        self._path = path

    def collections(self, vendor: str | None = None) -> list[dict[str, Any]]:
        """The collections with their numbers of records: vendor, name, title, count, …"""
        query = f"?{urlencode({'vendor': vendor})}" if vendor else ""
        found: list[dict[str, Any]] = self._control.send("GET", f"{self._path}{query}")["collections"]
        return found

    def find(
        self,
        vendor: str,
        collection: str,
        where: Mapping[str, Any] | None = None,
        *,
        search: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """The records, at most `limit` of them, as their collection shows them.

        `where` maps JSON pointers to values (`...`: the member exists). Raises `ControlError` for an unknown
        vendor or collection.
        """
        found: list[dict[str, Any]] = []
        for record in self._iterate(f"{vendor}/{collection}", where or {}, search, sort):
            if limit is not None and len(found) == limit:
                break
            found.append(record)
        return found

    def get(self, vendor: str, collection: str, id: str) -> dict[str, Any]:
        """One record. Raises `ControlError` if there is none with this id."""
        path = f"{self._path}/{vendor}/{collection}/{quote(id, safe='')}"
        record: dict[str, Any] = self._control.send("GET", path)["record"]
        return record

    def diff(
        self, world_path: str, start: State, end: State, vendor: str | None, limit: int
    ) -> dict[str, Any]:
        """The differences between two states of the world."""
        given = {"from": start, "to": end, "vendor": vendor, "limit": str(limit)}
        query = urlencode({name: text for name, text in given.items() if text is not None})
        found: dict[str, Any] = self._control.send("GET", f"{world_path}/diff?{query}")
        return found

    def _iterate(
        self, name: str, where: Mapping[str, Any], search: str | None, sort: str | None
    ) -> Iterator[dict[str, Any]]:
        given = {"search": search, "sort": sort, "limit": str(_PAGE_SIZE)}
        pairs = [("where", _condition(*one)) for one in where.items()]
        pairs += [(option, text) for option, text in given.items() if text is not None]
        after: list[tuple[str, str]] = []
        while True:
            page = self._control.send("GET", f"{self._path}/{name}?{urlencode([*pairs, *after])}")
            yield from (one["record"] for one in page["records"])
            if page["next"] is None:
                return
            after = [("after", page["next"])]


def _condition(pointer: str, value: Any) -> str:
    if value is ...:
        return pointer
    return f"{pointer}={value if isinstance(value, str) else json.dumps(value)}"


class Changes:
    """The changes of a world within a `with` block; after the block they are as they were at its end.

    Jobs that are due before the block run before it.
    """

    def __init__(self, control: Connection, world_path: str) -> None:
        self._control = control
        self._path = world_path
        self._start = f"changes-{uuid4().hex[:12]}"
        self._found: dict[str, Any] | None = None

    def __enter__(self) -> "Changes":
        self._control.send("POST", f"{self._path}/snapshots", {"name": self._start, "settle": True})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._found = self._read()
        finally:
            self._control.send("DELETE", f"{self._path}/snapshots/{self._start}")

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """The numbers of records by collection (`vendor.people`) and change: added, updated, removed."""
        counts: dict[str, dict[str, int]] = self._diff()["counts"]
        return counts

    @property
    def effects(self) -> list[EffectEntry]:
        """The first 1,000 records that changed, each once: as it was before and as it is after."""
        entries: list[EffectEntry] = self._diff()["changes"]
        return entries

    def added(self, collection: str) -> list[dict[str, Any]]:
        """The records that were added to a collection, `vendor.people` say."""
        return [one["record"] for one in self._of(collection, "added")]

    def removed(self, collection: str) -> list[dict[str, Any]]:
        """The records that were removed from a collection, as they were."""
        return [one["record"] for one in self._of(collection, "removed")]

    def updated(self, collection: str) -> list[EffectEntry]:
        """The records of a collection that were updated, each with its members before and after."""
        return self._of(collection, "updated")

    def assert_only(
        self,
        *,
        added: Expected | None = None,
        updated: Expected | None = None,
        removed: Expected | None = None,
    ) -> None:
        """Fails unless exactly these numbers of records changed, and no other record at all.

        Raises `AssertionError` with the changes that were not expected, and `ControlError` for an unknown
        collection.
        """
        given = {"added": added or {}, "updated": updated or {}, "removed": removed or {}}
        only = {
            change: {name: _bounds(number) for name, number in numbers.items()}
            for change, numbers in given.items()
        }
        self._assert({"only": only})

    def assert_none(self, *names: str) -> None:
        """Fails if anything of these vendors (`vendor`) or collections (`vendor.people`) changed.

        Without names: if anything changed at all.
        """
        self._assert({"none": [*names]} if names else {"only": {}})

    def _assert(self, wanted: dict[str, Any]) -> None:
        # The server judges the names; the words are the same, whoever asks.
        self._control.send("POST", f"{self._path}/diff/assert", {**wanted, "to": "start"})
        message = judge(wanted, self.counts, self.effects)
        if message is not None:
            raise AssertionError(message)

    def _of(self, collection: str, change: str) -> list[Any]:
        return [
            one
            for one in self.effects
            if f"{one['vendor']}.{one['collection']}" == collection and one["change"] == change
        ]

    def _diff(self) -> dict[str, Any]:
        return self._found or self._read()

    def _read(self) -> dict[str, Any]:
        query = urlencode({"from": self._start, "limit": _PAGE_SIZE})
        found: dict[str, Any] = self._control.send("GET", f"{self._path}/diff?{query}")
        return found


def _bounds(number: int | range) -> int | dict[str, int]:
    if isinstance(number, int):
        return number
    return {"at_least": number.start, "at_most": number.stop - 1}
