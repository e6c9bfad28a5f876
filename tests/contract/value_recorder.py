"""Held against a run of all tests: they reach every value of every enumeration of the vendors' contracts."""

import threading
from collections.abc import Iterator
from typing import Any, Final

import pytest

from mockserver import vendors
from mockserver.pipeline.journal_entry import JournalEntry
from tests.contract import exceptions
from tests.contract.reach import ReachOfValues, Sent, enum_values
from tests.contract.run_recorder import RunRecorder
from tests.read_vendors import read_vendor

_DRAWN: Final = (
    "tests/hostile/",
    "tests/fuzz/",
    "tests/contract/test_bounds.py",
    "tests/control/test_fuzz.py",
)
"""Tests that draw their calls from the contract: whatever value it has, they send it."""
_MAX_LENGTH: Final = 200_000


class ValueRecorder(RunRecorder):
    """Looks at every exchange of this process, and at the end for values that none had."""

    output_name = "contract_values"

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._reach: dict[str, ReachOfValues] = {}
        self._found: dict[str, set[tuple[str, str]]] = {}
        self._seen: set[int] = set()
        self._lock = threading.Lock()
        self._is_drawn = False
        create = JournalEntry.__init__
        names = {*vendors.names()}  # once: it reads folders

        def created(entry: JournalEntry, vendor: Any, call: Any, reply: Any, *rest: Any) -> None:
            create(entry, vendor, call, reply, *rest)
            if not self._is_drawn and vendor.name in names:
                self._record(vendor.name, call, reply)

        monkeypatch.setattr(JournalEntry, "__init__", created)

    def _record(self, vendor: str, call: Any, reply: Any) -> None:
        sent = Sent(call.query, call.headers, call.raw, reply.status, reply.body, reply.headers)
        key = hash((vendor, call.operation, sent.query, sent.body, sent.status, sent.reply))
        with self._lock:
            if key in self._seen or len(sent.body) + len(sent.reply) > _MAX_LENGTH:
                return
            self._seen.add(key)
            if vendor not in self._reach:
                self._reach[vendor] = ReachOfValues(read_vendor(vendor).contract)
            self._reach[vendor].add_call(call.operation, sent)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Whether the calls of the test count."""
        self._is_drawn = item.nodeid.startswith(_DRAWN)

    def found(self) -> dict[str, list[tuple[str, str]]]:
        """The values by vendor."""
        return {vendor: sorted(reach.values) for vendor, reach in self._reach.items()}

    def add(self, found: dict[str, Any]) -> None:
        """Adds the values of a worker."""
        for vendor, values in found.items():
            self._found.setdefault(vendor, set()).update(map(tuple, values))

    def check(self) -> Iterator[str]:
        """The values that no test reached, and exceptions that are not needed."""
        for vendor in vendors.names():
            found = {f"{pointer} {value}" for pointer, value in self._found.get(vendor, ())}
            wanted = {f"{pointer} {value}" for pointer, value in enum_values(read_vendor(vendor).contract)}
            listed = {*exceptions.reasons(vendor, "values")}
            for one in sorted(wanted - found - listed):
                yield f"{vendor}: no test reaches {one}"
            for one in sorted(listed & found | listed - wanted):
                yield f"{vendor}: remove {one} from tests/contract/exceptions, it is reached or gone"
