"""Faults of a world: planned misbehaviour, and what each kind of fault does to a call."""

import json
import math
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from types import MappingProxyType
from typing import Any, Final, NotRequired, Protocol, TypedDict, cast
from urllib.parse import parse_qs

import orjson

from mockserver.call import Call, Exchange, WireReply
from mockserver.errors import PlannedProblem, Problem, ShortCircuitError
from mockserver.formats.json_pointer import json_equal
from mockserver.state.response_mutation import Mutation, find_values, mutate
from mockserver.storage.layout import FAULT, SERIAL
from mockserver.storage.reads import FirstRank
from mockserver.storage.store import Row, Space

_ARMED, _SPENT = "", "spent"
_MAX_FAULTS: Final = 1_000
_MAX_DELAY: Final = 300.0  # seconds: longer than any client waits
_GATEWAY_PAGE: Final = b"<!doctype html>\n<title>Gateway</title>\n<h1>This is not what was asked for</h1>\n"


class FaultRecord(TypedDict):
    """A fault as stored, and as in the control contract, which describes the members of each kind.

    `seen` counts the calls that match the fault, `spent` those that it has affected.
    """

    id: str
    kind: str
    seen: int
    spent: int
    profile: NotRequired[str]
    vendor: NotRequired[str]
    operation: NotRequired[str]
    method: NotRequired[str]
    path: NotRequired[str]
    where: NotRequired[dict[str, Any]]
    query: NotRequired[dict[str, str | float]]
    headers: NotRequired[dict[str, str | float]]
    after: NotRequired[int]
    times: NotRequired[int | None]
    every: NotRequired[int]
    probability: NotRequired[float]
    problem: NotRequired[str]
    details: NotRequired[dict[str, Any]]
    reply_headers: NotRequired[dict[str, str]]
    status: NotRequired[int]
    body: NotRequired[Any]
    seconds: NotRequired[float | dict[str, Any]]
    clock: NotRequired[bool]
    retry_after: NotRequired[int]
    field: NotRequired[str]
    change: NotRequired[str]
    to: NotRequired[str]
    also: NotRequired[list[dict[str, str]]]
    item: NotRequired[int]


class FaultContextProtocol(Protocol):
    """The actions of a fault before the operation."""

    def status_reply(self, status: int, body: Any) -> WireReply:
        """A reply of any status, with the vendor's error body if `body` is None."""

    def rate_limited_reply(self, wait: int | None) -> WireReply:
        """The vendor's reply to an exceeded rate limit."""

    def advance_clock(self, by: timedelta) -> None:
        """Moves the world's clock."""


class Fault:
    """One fault that affects a call."""

    moved_by: timedelta = timedelta()
    """By how much it has moved the world's clock."""
    clock_step: timedelta = timedelta()
    """The same, if the call went on at that time: otherwise it was answered at the time before."""

    def __init__(self, record: FaultRecord, seed: int) -> None:
        self.id: str = record["id"]
        self.kind: str = record["kind"]
        self.record = record
        # Seeded by the world and the number of matching calls, so that the same calls have the same outcome.
        self.random: Random = Random(f"{seed}/{self.id}/{record['seen']}")

    def act_before(self, context: FaultContextProtocol) -> None:
        """Acts before the operation. Raises the planned problem, or `ShortCircuitError`."""
        act = _BEFORE.get(self.kind)
        if act:
            act(self, context)

    def act_after(self, reply: WireReply, call: Call) -> None:
        """Changes the reply after the operation, whose effects are committed."""
        act = _AFTER.get(self.kind)
        if act:
            act(self, reply, call)
        for name, text in self.record.get("reply_headers", {}).items():
            for known in [one for one in reply.headers if one.lower() == name.lower()]:
                del reply.headers[known]
            reply.headers[name] = text


def problem(fault: Fault, context: FaultContextProtocol) -> None:
    """Replies with a named problem of the vendor."""
    raise PlannedProblem(fault.record["problem"], **fault.record.get("details", {}))


def status(fault: Fault, context: FaultContextProtocol) -> None:
    """Replies with any status, in the contract or not."""
    raise ShortCircuitError(context.status_reply(fault.record["status"], fault.record.get("body")))


def rate_limited(fault: Fault, context: FaultContextProtocol) -> None:
    """Replies as if the vendor's rate limit were exceeded."""
    raise ShortCircuitError(context.rate_limited_reply(fault.record.get("retry_after")))


def drop_before(fault: Fault, context: FaultContextProtocol) -> None:
    """Closes the connection before the operation."""
    raise ShortCircuitError(WireReply(0, {}, b"", dropped=True))


def reset(fault: Fault, reply: WireReply, call: Call) -> None:
    """Resets the connection after the operation, without a reply."""
    reply.reset = True


def trickle(fault: Fault, reply: WireReply, call: Call) -> None:
    """Sends the body in pieces over some seconds; a reply without a body is sent at their end."""
    seconds = _seconds(fault)
    if reply.body and call.method != "HEAD":
        reply.trickle = seconds
    else:
        reply.delay += seconds


def slow_clock(fault: Fault, context: FaultContextProtocol) -> None:
    """Moves the world's clock by the latency before the operation."""
    if fault.record.get("clock"):
        fault.moved_by = timedelta(seconds=_seconds(fault))
        context.advance_clock(fault.moved_by)


def latency(fault: Fault, reply: WireReply, call: Call) -> None:
    """Delays the reply."""
    if not fault.record.get("clock"):
        reply.delay += _seconds(fault)


def drop_after(fault: Fault, reply: WireReply, call: Call) -> None:
    """Closes the connection after the operation, without a reply."""
    reply.dropped = True


def truncate(fault: Fault, reply: WireReply, call: Call) -> None:
    """Sends half of the body under the full Content-Length; a reply without a body is dropped."""
    if reply.body and call.method != "HEAD":
        reply.cut = len(reply.body) // 2
    else:
        reply.dropped = True


def garbage(fault: Fault, reply: WireReply, call: Call) -> None:
    """Replaces the body by an HTML page, as a gateway might; the vendor's headers stay."""
    reply.body = _GATEWAY_PAGE


def drift(fault: Fault, reply: WireReply, call: Call) -> None:
    """Changes fields of the reply, so that it differs from the contract."""
    record = fault.record
    more = [Mutation(**one) for one in record.get("also", ())]
    mutations = [Mutation(record["field"], record["change"], record.get("to")), *more]
    reply.body, missing = mutate(reply.body, mutations)
    if missing:
        call.remarks.append(f"{fault.id} (drift) found no {', '.join(missing)} in the reply")


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
        "reset": reset,
        "truncate": truncate,
        "trickle": trickle,
        "garbage": garbage,
        "drift": drift,
    }
)
KINDS: Final = (*dict.fromkeys([*_BEFORE, *_AFTER]), "duplicate", "partial")
"""Every kind of fault. The last two change how the operation runs: the pipeline implements them."""


MAGIC_VALUE: Final = "magic_value"
"""The kind of what a magic value in a call has provoked: it is never armed, the journal names it."""

_REPLACING: Final = (frozenset(_BEFORE) - frozenset(_AFTER)) | {MAGIC_VALUE}
"""The kinds that end a call before the operation."""


def is_planned_reply(exchange: Exchange) -> bool:
    """Whether a fault, and not the operation, has chosen the reply's status and problem."""
    kind = exchange["fault"]["kind"] if exchange["fault"] else None
    return kind in _REPLACING or (kind == "partial" and exchange["problem"] is not None)


class Faults:
    """The faults of a world, stored in its space: a reset removes them, snapshots and forks include them."""

    def __init__(self, space: Space, seed: int) -> None:
        self._space = space
        self._seed = seed

    def query(self) -> FirstRank:
        """The read for armed faults: its result is None if there are none."""
        return FirstRank(self._space.name, FAULT, _ARMED)

    def add(self, plan: Mapping[str, Any]) -> FaultRecord:
        """Arms a fault. Raises the problem too_many_faults."""
        last = self._space.get(SERIAL, FAULT)
        number = int(last.body or 0) + 1 if last else 1
        if self._space.count(FAULT, _ARMED) + self._space.count(FAULT, _SPENT) >= _MAX_FAULTS:
            raise Problem("too_many_faults", most=_MAX_FAULTS)
        record = cast(FaultRecord, {**plan, "id": f"fault-{number}", "seen": 0, "spent": 0})
        self._space.put(SERIAL, Row(FAULT, "", 0, str(number).encode()))
        self._put(record)
        return record

    def get(self, id: str) -> FaultRecord:
        """The fault of this id. Raises the problem unknown_fault."""
        row = self._space.get(FAULT, id)
        if row is None:
            raise Problem("unknown_fault", fault=id)
        record: FaultRecord = orjson.loads(row.body or b"{}")
        return record

    def all(self) -> list[FaultRecord]:
        """All faults in the order in which they were armed, spent ones included."""
        rows = [*self._space.iterate(FAULT, _ARMED), *self._space.iterate(FAULT, _SPENT)]
        return [orjson.loads(row.body or b"{}") for row in sorted(rows, key=lambda row: row.rank)]

    def remove(self, id: str) -> None:
        """Removes a fault. Raises the problem unknown_fault."""
        if not self._space.delete(FAULT, id):
            raise Problem("unknown_fault", fault=id)

    def clear(self) -> None:
        """Removes all faults."""
        for record in self.all():
            self._space.delete(FAULT, record["id"])

    def match(self, vendor: str, operation: str | None, path: str, call: Call) -> list[Fault]:
        """The faults that affect this call: all latency faults, and the first of the others.

        Counts the call for every fault that it matches. `path` is the operation's path in its contract.
        """
        matched: list[Fault] = []
        for row in list(self._space.iterate(FAULT, _ARMED)):
            record = orjson.loads(row.body or b"{}")
            if not _matches(record, vendor, operation, path, call):
                continue
            record["seen"] += 1
            fault = Fault(record, self._seed)
            taken = fault.kind != "latency" and any(one.kind != "latency" for one in matched)
            if not taken and _is_turn(fault):
                record["spent"] += 1
                matched.append(fault)
            self._put(record)
        return matched

    def _put(self, record: FaultRecord) -> None:
        times = record.get("times", 1)
        parent = _SPENT if times is not None and record["spent"] >= times else _ARMED
        rank = int(record["id"].rpartition("-")[2])
        self._space.put(FAULT, Row(record["id"], parent, rank, orjson.dumps(record)))


def _matches(record: FaultRecord, vendor: str, operation: str | None, path: str, call: Call) -> bool:
    return (
        record.get("vendor") in (None, vendor)
        and record.get("operation") in (None, operation)
        and record.get("method") in (None, call.method)
        and record.get("path") in (None, path, call.path, call.route)
        and ("headers" not in record or _headers_match(call.headers, record["headers"]))
        and ("query" not in record or _query_matches(call.query, record["query"]))
        and ("where" not in record or _body_matches(call.raw, record["where"]))
    )


def _is_turn(fault: Fault) -> bool:
    record = fault.record
    counted = record["seen"] - record.get("after", 0)
    if counted <= 0 or counted % record.get("every", 1):
        return False
    return fault.random.random() < record.get("probability", 1)


def _body_matches(raw: bytes, where: Mapping[str, Any]) -> bool:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False
    return all(
        any(json_equal(found, value) for found in find_values(body, pointer))
        for pointer, value in where.items()
    )


def _query_matches(query: str, expected: Mapping[str, str | float]) -> bool:
    sent = parse_qs(query, keep_blank_values=True)
    return all(_text(value) in sent.get(name, ()) for name, value in expected.items())


def _headers_match(headers: Mapping[str, str], expected: Mapping[str, str | float]) -> bool:
    return all(headers.get(name.lower()) == _text(value) for name, value in expected.items())


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _seconds(fault: Fault) -> float:
    planned = fault.record["seconds"]
    if isinstance(planned, int | float):
        seconds = float(planned)
    elif "uniform" in planned:
        seconds = fault.random.uniform(*planned["uniform"])
    else:
        spread = planned["lognormal"]
        seconds = spread["median"] * math.exp(fault.random.gauss(0, spread["sigma"]))
    return min(seconds, _MAX_DELAY)
