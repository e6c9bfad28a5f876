"""Held against a run of all tests: operations change what their contracts declare, all of it and no more."""

import threading
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import pytest

from mockserver import vendors
from mockserver.control import backstage
from mockserver.pipeline import handler
from mockserver.pipeline.journal_entry import JournalEntry
from mockserver.state.change_log import ChangeLog
from mockserver.state.collection_spec import Collections
from mockserver.state.effects import count, differences
from tests.contract.run_recorder import RunRecorder
from tests.read_vendors import read_vendor

_BACKSTAGE: Final = "backstage "

Effect = tuple[str, str, str, str]
"""Vendor, operation, collection and kind of change."""


class EffectRecorder(RunRecorder):
    """Looks at what every call of this process changed."""

    output_name = "contract_effects"

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._observed: set[Effect] = set()
        self._lock = threading.Lock()
        create = JournalEntry.__init__
        run_action = handler.handle_internal_call
        names = {*vendors.names()}  # once: it reads folders

        def created(
            entry: JournalEntry, vendor: Any, call: Any, reply: Any, context: Any, *rest: Any
        ) -> None:
            create(entry, vendor, call, reply, context, *rest)
            if vendor.name in names and context.operation and context.changes:
                self._record(vendor.name, context.operation.id, context.changes)

        def acted(bound: Any, call: Any, world: Any, *rest: Any) -> Any:
            sent, context = run_action(bound, call, world, *rest)
            if world.vendor in names and context.operation and sent.status < 400:
                self._record(world.vendor, f"{_BACKSTAGE}{context.operation.id}", world.changes)
            return sent, context

        monkeypatch.setattr(JournalEntry, "__init__", created)
        monkeypatch.setattr(backstage, "handle_internal_call", acted)

    def _record(self, vendor: str, operation: str, changes: ChangeLog) -> None:
        if not changes.changes:
            return
        counts = count(differences(changes, _collections(vendor).by_kind))
        found = {
            (vendor, operation, name.partition(".")[2], change)
            for name, by_change in counts.items()
            for change in by_change
        }
        with self._lock:
            self._observed |= found

    def found(self) -> list[Effect]:
        """What was observed."""
        return sorted(self._observed)

    def add(self, found: Any) -> None:
        """Adds what a worker observed."""
        self._observed.update(map(tuple, found))

    def check(self) -> Iterator[str]:
        """What was changed and not declared, and what was declared and never changed."""
        declared = {*_declared()}
        for one in sorted(self._observed - declared):
            yield f"{one[0]}: {one[1]} changed what its x-effects do not declare: {one[2]} {one[3]}"
        for one in sorted(declared - self._observed):
            yield f"{one[0]}: no test observes the x-effects of {one[1]}: {one[2]} {one[3]}"


@cache
def _collections(vendor: str) -> Collections:
    return read_vendor(vendor).collections


def _declared() -> Iterator[Effect]:
    for name in vendors.names():
        vendor = read_vendor(name)
        contracts = {"": vendor.contract, _BACKSTAGE: vendor.backstage and vendor.backstage.contract}
        for prefix, contract in contracts.items():
            for operation in contract.operations.values() if contract else ():
                for collection, changes in operation.effects.items():
                    yield from ((name, f"{prefix}{operation.id}", collection, one) for one in changes)
