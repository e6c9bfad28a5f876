"""Planned misbehaviour: the faults that are armed in a world, and what each kind of them does to a call."""

import math
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final, Protocol

import orjson

from mockserver.call import Call, WireReply
from mockserver.errors import PlannedProblem, Problem, ShortCircuitError
from mockserver.formats.json_pointer import json_equal, resolve
from mockserver.state.response_mutation import mutate_field
from mockserver.storage.store import Row, ScalarQuery, Space, first_own_rank

_KIND, _SERIAL = "_fault", "_serial"
_ARMED, _SPENT = "", "spent"
_MOST: Final = 1_000
_LONGEST_DELAY: Final = 300.0  # seconds: whoever waits longer has long given up
_PAGE: Final = b"<!doctype html>\n<title>Gateway</title>\n<h1>This is not what was asked for</h1>\n"

Shown = dict[str, Any]
"""A fault as the control contract shows it: what was wished for, `id`, `seen` and `spent`."""


class FaultContextProtocol(Protocol):
    """What a fault that strikes before the operation can do."""

    def as_status(self, status: int, body: Any) -> WireReply:
        """An answer of any status, in the vendor's shape unless a body is given."""

    def too_many(self, wait: int | None) -> WireReply:
        """What the vendor answers where its limit is reached."""

    def pass_time(self, by: timedelta) -> None:
        """Moves the world's clock."""


class Fault:
    """One fault that strikes a call."""

    def __init__(self, shown: Shown, seed: int) -> None:
        self.id: str = shown["id"]
        self.kind: str = shown["kind"]
        self.wish = shown
        # Drawn from the world's seed and the count of calls: the same calls meet the same chances.
        self.random = random.Random(f"{seed}/{self.id}/{shown['seen']}")

    def before(self, stage: FaultContextProtocol) -> None:
        """Acts before anything is done. Raises the problem or the answer that is planned."""
        act = _BEFORE.get(self.kind)
        if act:
            act(self, stage)

    def after(self, sent: WireReply, call: Call) -> None:
        """Spoils what the operation has answered; what it did is done."""
        act = _AFTER.get(self.kind)
        if act:
            act(self, sent, call)


def problem(fault: Fault, stage: FaultContextProtocol) -> None:
    """Refuses with a named problem of the vendor."""
    raise PlannedProblem(fault.wish["problem"], **fault.wish.get("details", {}))


def status(fault: Fault, stage: FaultContextProtocol) -> None:
    """Answers with a status that need not be in the contract."""
    raise ShortCircuitError(stage.as_status(fault.wish["status"], fault.wish.get("body")))


def rate_limited(fault: Fault, stage: FaultContextProtocol) -> None:
    """Refuses as if the vendor's limit were reached."""
    raise ShortCircuitError(stage.too_many(fault.wish.get("retry_after")))


def drop_before(fault: Fault, stage: FaultContextProtocol) -> None:
    """Closes the connection; nothing was done."""
    raise ShortCircuitError(WireReply(0, {}, b"", dropped=True))


def slow_clock(fault: Fault, stage: FaultContextProtocol) -> None:
    """Lets the time of a latency pass on the world's clock before the call is done."""
    if fault.wish.get("clock"):
        stage.pass_time(timedelta(seconds=_seconds(fault)))


def latency(fault: Fault, sent: WireReply, call: Call) -> None:
    """Lets the caller wait for the answer."""
    if not fault.wish.get("clock"):
        sent.delay += _seconds(fault)


def drop_after(fault: Fault, sent: WireReply, call: Call) -> None:
    """The work is done, and the answer lost."""
    sent.dropped = True


def truncate(fault: Fault, sent: WireReply, call: Call) -> None:
    """Half of the body, under the length of the whole; an answer without a body is lost."""
    if sent.body and call.method != "HEAD":
        sent.cut = len(sent.body) // 2
    else:
        sent.dropped = True


def garbage(fault: Fault, sent: WireReply, call: Call) -> None:
    """Something in between answers with a page, under the headers of the vendor."""
    sent.body = _PAGE


def drift(fault: Fault, sent: WireReply, call: Call) -> None:
    """A field is not what the contract says any more."""
    wish = fault.wish
    body = mutate_field(sent.body, wish["field"], wish["change"], wish.get("to"))
    if body is None:
        call.remarks.append(f"{fault.id} (drift) found no {wish['field']} in the reply")
    else:
        sent.body = body


_BEFORE: Final[Mapping[str, Callable[[Fault, FaultContextProtocol], None]]] = MappingProxyType(
    {
        "problem": problem,
        "status": status,
        "rate_limited": rate_limited,
        "drop_before": drop_before,
        "latency": slow_clock,
    }
)
_AFTER: Final[Mapping[str, Callable[[Fault, WireReply, Call], None]]] = MappingProxyType(
    {
        "latency": latency,
        "drop_after": drop_after,
        "truncate": truncate,
        "garbage": garbage,
        "drift": drift,
    }
)
KINDS: Final = (*dict.fromkeys([*_BEFORE, *_AFTER]), "duplicate", "partial")
"""Every kind. The last two change how the operation is carried out: the way of a call does them."""


class Faults:
    """The faults of one world, kept in its rows: a reset disarms them, snapshots and forks keep them."""

    def __init__(self, space: Space, seed: int) -> None:
        self._space = space
        self._seed = seed

    def query(self) -> ScalarQuery:
        """What to ask the store for whether any is armed (None: no)."""
        return first_own_rank(self._space.name, _KIND, _ARMED)

    def add(self, wish: Mapping[str, Any]) -> Shown:
        """Arms one. Raises the problem too_many_faults."""
        last = self._space.get(_SERIAL, _KIND)
        number = int(last.body or 0) + 1 if last else 1
        if self._space.count(_KIND, _ARMED) + self._space.count(_KIND, _SPENT) >= _MOST:
            raise Problem("too_many_faults", most=_MOST)
        shown = {**wish, "id": f"fault-{number}", "seen": 0, "spent": 0}
        self._space.put(_SERIAL, Row(_KIND, "", 0, str(number).encode()))
        self._put(shown)
        return shown

    def get(self, id: str) -> Shown:
        """One of them. Raises the problem unknown_fault."""
        row = self._space.get(_KIND, id)
        if row is None:
            raise Problem("unknown_fault", fault=id)
        shown: Shown = orjson.loads(row.body or b"{}")
        return shown

    def all(self) -> list[Shown]:
        """All of them in the order they were armed, the spent ones too."""
        rows = [*self._space.iterate(_KIND, _ARMED), *self._space.iterate(_KIND, _SPENT)]
        return [orjson.loads(row.body or b"{}") for row in sorted(rows, key=lambda row: row.rank)]

    def remove(self, id: str) -> None:
        """Disarms one. Raises the problem unknown_fault."""
        if not self._space.delete(_KIND, id):
            raise Problem("unknown_fault", fault=id)

    def clear(self) -> None:
        """Disarms all."""
        for shown in self.all():
            self._space.delete(_KIND, shown["id"])

    def match(self, vendor: str, operation: str | None, path: str, call: Call) -> list[Fault]:
        """Those that strike this call, and counts it: every latency, and of the others the first.

        `path` is the operation's, as its contract has it.
        """
        striking: list[Fault] = []
        for row in list(self._space.iterate(_KIND, _ARMED)):
            shown = orjson.loads(row.body or b"{}")
            if not _is_meant(shown, vendor, operation, path, call):
                continue
            shown["seen"] += 1
            fault = Fault(shown, self._seed)
            taken = fault.kind != "latency" and any(one.kind != "latency" for one in striking)
            if not taken and _is_time(fault):
                shown["spent"] += 1
                striking.append(fault)
            self._put(shown)
        return striking

    def _put(self, shown: Shown) -> None:
        times = shown.get("times", 1)
        parent = _SPENT if times is not None and shown["spent"] >= times else _ARMED
        rank = int(shown["id"].rpartition("-")[2])
        self._space.put(_KIND, Row(shown["id"], parent, rank, orjson.dumps(shown)))


def _is_meant(wish: Shown, vendor: str, operation: str | None, path: str, call: Call) -> bool:
    return (
        wish.get("vendor") in (None, vendor)
        and wish.get("operation") in (None, operation)
        and wish.get("method") in (None, call.method)
        and wish.get("path") in (None, path, call.path, call.route)
        and ("where" not in wish or _has(call.raw, wish["where"]))
    )


def _is_time(fault: Fault) -> bool:
    wish = fault.wish
    counted = wish["seen"] - wish.get("after", 0)
    if counted <= 0 or counted % wish.get("every", 1):
        return False
    return bool(fault.random.random() < wish.get("probability", 1))


def _has(raw: bytes, where: Mapping[str, Any]) -> bool:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False
    return all(json_equal(resolve(body, pointer), value) for pointer, value in where.items())


def _seconds(fault: Fault) -> float:
    wish = fault.wish["seconds"]
    if isinstance(wish, int | float):
        seconds = float(wish)
    elif "uniform" in wish:
        seconds = fault.random.uniform(*wish["uniform"])
    else:
        spread = wish["lognormal"]
        seconds = spread["median"] * math.exp(fault.random.gauss(0, spread["sigma"]))
    return min(seconds, _LONGEST_DELAY)
