"""Held against a run of all tests: they reach every value of every enumeration of the vendors' contracts."""

import threading
from collections.abc import Iterator
from typing import Any, Final

import pytest

from mockserver import vendors
from mockserver.pipeline.journal_entry import JournalEntry
from tests.contract import exceptions
from tests.contract.reach import Reach, Sent, enum_values

_WORKER_OUTPUT: Final = "contract_values"
_DRAWN: Final = (
    "tests/hostile/",
    "tests/fuzz/",
    "tests/contract/test_bounds.py",
    "tests/control/test_fuzz.py",
)
"""Tests that draw their calls from the contract: whatever value it has, they send it."""
_MAX_LENGTH: Final = 200_000


class ValueRecorder:
    """Looks at every exchange of this process, and at the end for values that none had."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._reach: dict[str, Reach] = {}
        self._found: dict[str, set[tuple[str, str]]] = {}
        self._seen: set[int] = set()
        self._lock = threading.Lock()
        self._is_drawn = False
        self.failures: list[str] = []
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
                self._reach[vendor] = Reach(vendors.find(vendor).contract)
            self._reach[vendor].add_call(call.operation, sent)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Whether the calls of the test count."""
        self._is_drawn = item.nodeid.startswith(_DRAWN)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Adds what a worker reached."""
        for vendor, found in getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT, {}).items():
            self._found.setdefault(vendor, set()).update(map(tuple, found))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Sends what a worker reached to the session; fails a session whose tests missed a value."""
        for vendor, reach in self._reach.items():
            self._found.setdefault(vendor, set()).update(reach.values)
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_WORKER_OUTPUT] = {vendor: sorted(found) for vendor, found in self._found.items()}
            return
        self.failures = [*self._check()]
        if self.failures and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the values that were not reached."""
        for failure in self.failures:
            terminalreporter.line(f"contracts: {failure}", red=True)

    def _check(self) -> Iterator[str]:
        for vendor in vendors.names():
            found = {f"{pointer} {value}" for pointer, value in self._found.get(vendor, ())}
            wanted = {f"{pointer} {value}" for pointer, value in enum_values(vendors.find(vendor).contract)}
            listed = {*exceptions.reasons(vendor, "values")}
            for one in sorted(wanted - found - listed):
                yield f"{vendor}: no test reaches {one}"
            for one in sorted(listed & found | listed - wanted):
                yield f"{vendor}: remove {one} from tests/contract/exceptions, it is reached or gone"
