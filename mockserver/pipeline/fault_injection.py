"""Applies faults before the operation, and replies in the handler's place where a fault has planned that."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import orjson

from mockserver.binding.vendor import Vendor
from mockserver.call import Call, Reply, WireReply
from mockserver.contract.operation import Operation
from mockserver.contract.problem import ProblemSpec
from mockserver.contract.validation import find_reply_spec
from mockserver.contract.xml_body import is_xml, render_xml
from mockserver.errors import PlannedProblem, WouldBlockError
from mockserver.pipeline.rate_limiting import RateLimiter
from mockserver.pipeline.request_context import RequestContext
from mockserver.state.session import RequestSession
from mockserver.state.world import World
from mockserver.state.worlds import Worlds

_TEXT_MEMBERS: Final = ("error", "message")
_PHRASES: Final = {int(one): one.phrase for one in HTTPStatus}


def apply_faults(
    worlds: Worlds, vendor: Vendor, call: Call, session: RequestSession, context: RequestContext
) -> RequestSession:
    """Runs the faults that match the call; those that act after the reply are kept in the context.

    Returns the session from here on: a latency fault may have moved the world's clock. Raises the planned
    problem, or `ShortCircuitError` with the planned reply.
    """
    operation, world = context.operation, session.world
    context.rate_limiter = limiter = RateLimiter(vendor.contract, operation, call, world)
    context.faults = session.faults.match(
        vendor.name, operation.id if operation else None, operation.path if operation else "", call
    )
    if not worlds.store.may_wait and any(fault.kind == "duplicate" for fault in context.faults):
        raise WouldBlockError(world.name)  # both deliveries run in one thread: the second may have to wait
    advance = worlds.clock(world.name).advance
    stage = FaultContext(vendor, operation, call, world, limiter, advance, context.media_type)
    for fault in context.faults:
        fault.act_before(stage)
    if not stage.moved:
        return session
    for fault in context.faults:
        fault.clock_step = fault.moved_by
    session = session.lookup.load() or session
    context.rules = vendor.contract.rules(session.world.switches)  # a profile may have ended
    return session


class FaultContext:
    """The actions of a fault before the operation of one call."""

    def __init__(
        self,
        vendor: Vendor,
        operation: Operation | None,
        call: Call,
        world: World,
        limiter: RateLimiter,
        advance_clock: Callable[[timedelta], object],
        media_type: str = "",
    ) -> None:
        self._vendor = vendor
        self._operation = operation
        self._call = call
        self._world = world
        self._limiter = limiter
        self._advance_clock = advance_clock
        self._media_type = media_type
        self.moved: bool = False
        """Whether a fault has moved the world's clock."""

    def status_reply(self, status: int, body: Any) -> WireReply:
        """A reply of this status, with the vendor's error body unless one is given."""
        vendor, call, world = self._vendor, self._call, self._world
        headers = {
            "Content-Type": vendor.contract.reply_content_type,
            **vendor.hooks.response_headers(call, world),
        }
        headers |= self._limiter.headers
        if body is None:
            own = self._operation.problems.values() if self._operation else ()
            spec = _problem_like([*own, *vendor.contract.problems.values()], status)
            body = spec.body(vendor.hooks.error_context(call, world), exact=False) if spec else {}
            body = _restated(body, spec.status, status) if spec else body
            document = self._xml(spec, body) if spec else None
            if document and status not in (204, 304):
                return WireReply(status, headers | {"Content-Type": self._media_type}, document)
        return WireReply(status, headers, b"" if status in (204, 304) else orjson.dumps(body))

    def _xml(self, spec: ProblemSpec, body: Any) -> bytes | None:
        """The body of a problem in the negotiated media type; None if that is JSON."""
        reply = find_reply_spec(self._vendor.contract.replies_declaring(spec.name), spec.status)
        schema = reply.alternatives.get(self._media_type) if reply else None
        if schema is None or not is_xml(self._media_type):
            return None
        return render_xml(body, schema.schema, schema.components).encode()

    def rate_limited_reply(self, wait: int | None) -> WireReply:
        """The vendor's reply to an exceeded rate limit; a plausible one if it documents none."""
        rejection = self._limiter.planned_rejection(wait)
        if rejection:
            raise rejection
        reply = self.status_reply(429, None)
        if wait is not None:
            reply.headers["Retry-After"] = str(wait)
        return reply

    def advance_clock(self, by: timedelta) -> None:
        """Moves the world's clock."""
        self._advance_clock(by)
        self.moved = True


def minimal_error(vendor: Vendor, call: Call, status: int) -> WireReply:
    """A reply with the vendor's error body and headers, built without the store and thus without a world."""
    contract = vendor.contract
    spec = _problem_like(contract.problems.values(), status)
    filled = spec.body(vendor.hooks.error_context(call, None), exact=False) if spec else {}
    body = _restated(filled, spec.status, status) if spec else {}
    headers = {"Content-Type": contract.reply_content_type, **vendor.hooks.response_headers(call, None)}
    return WireReply(status, headers, orjson.dumps(body))


def run_partially(operation: Operation, call: Call, index: int, run: Callable[[], object]) -> object:
    """Runs the operation without one of its items, and reports that item as failed at its place.

    If the operation cannot fail in part, or has no such item, it runs whole; the call's remarks say why.
    """
    spec = operation.partial_failure
    items = spec.find_items(call.body) if spec else None
    if spec is None or items is None or index >= len(items):
        what = f"{operation.id} cannot fail in part" if spec is None else f"there is no item {index}"
        call.remarks.append(f"partial: {what}")
        return run()
    item = items.pop(index)
    if not items and spec.all:
        raise PlannedProblem(spec.all)
    result = run()
    reply = result if isinstance(result, Reply) else Reply(result)
    results = spec.find_results(reply.body)
    if results is not None:
        results.insert(index, spec.failure_report(item))
    return reply


def _problem_like(problems: Iterable[ProblemSpec], status: int) -> ProblemSpec | None:
    """The first problem of this status, else of its class, else any; None for a status below 400."""
    if status < 400:
        return None
    closeness = {status: 0, status // 100: 1}
    return min(
        problems,
        key=lambda one: closeness.get(one.status, closeness.get(one.status // 100, 2)),
        default=None,
    )


def _restated(body: Any, old: int, new: int) -> Any:
    """The body with the new status wherever it contained its own, as a number or as HTTP's phrase."""
    if old == new:
        return body
    if isinstance(body, dict):
        return {name: _phrase(name, value, new) or _restated(value, old, new) for name, value in body.items()}
    return new if type(body) is int and body == old else body


def _phrase(name: str, value: Any, status: int) -> str | None:
    """HTTP's phrase for the status in a text for people, so that a 503 does not read "Not found"."""
    if name not in _TEXT_MEMBERS or not isinstance(value, str) or status not in _PHRASES:
        return None
    return _PHRASES[status]
