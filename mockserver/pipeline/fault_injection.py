"""Where faults act instead of the vendor's function, or beside it."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import orjson

from mockserver.binding.vendor import Vendor
from mockserver.call import Call, Reply, WireReply
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.contract.problem import ProblemSpec
from mockserver.errors import PlannedProblem
from mockserver.pipeline.rate_limiting import RateLimiter
from mockserver.state.world import World

_WORDS: Final = ("error", "message")
_PHRASES: Final = {int(one): one.phrase for one in HTTPStatus}


class FaultContext:
    """Where the faults of one call act before its operation."""

    def __init__(
        self,
        vendor: Vendor,
        operation: Operation | None,
        call: Call,
        world: World,
        allowance: RateLimiter,
        pass_time: Callable[[timedelta], object],
    ) -> None:
        self._vendor = vendor
        self._operation = operation
        self._call = call
        self._world = world
        self._allowance = allowance
        self._pass_time = pass_time
        self.moved = False
        """Whether the world's clock was moved."""

    def as_status(self, status: int, body: Any) -> WireReply:
        """An answer of any status, in the vendor's shape unless a body is given."""
        vendor, call, world = self._vendor, self._call, self._world
        headers = {
            "Content-Type": vendor.contract.reply_content_type,
            **vendor.hooks.response_headers(call, world),
        }
        headers |= self._allowance.headers
        if body is None:
            own = self._operation.problems.values() if self._operation else ()
            spec = _problem_like([*own, *vendor.contract.problems.values()], status)
            body = spec.body(vendor.hooks.error_context(call, world), exact=False) if spec else {}
            body = _restated(body, spec.status, status) if spec else body
        return WireReply(status, headers, b"" if status in (204, 304) else orjson.dumps(body))

    def too_many(self, wait: int | None) -> WireReply:
        """What the vendor answers where its limit is reached, or would if it had one."""
        refusal = self._allowance.planned_rejection(wait)
        if refusal:
            raise refusal
        answer = self.as_status(429, None)
        if wait is not None:
            answer.headers["Retry-After"] = str(wait)
        return answer

    def pass_time(self, by: timedelta) -> None:
        """Moves the world's clock."""
        self._pass_time(by)
        self.moved = True


def minimal_error(contract: Contract, status: int) -> WireReply:
    """An answer without a look at any world: in the vendor's shape, as far as that is fixed."""
    spec = _problem_like(contract.problems.values(), status)
    body = _restated(spec.value, spec.status, status) if spec else {}
    return WireReply(status, {"Content-Type": contract.reply_content_type}, orjson.dumps(body))


def run_partially(operation: Operation, call: Call, index: int, perform: Callable[[], object]) -> object:
    """Carries the operation out without one of its items, which is then reported as failed in its place.

    Where the operation cannot say so, or has no such item, all of it is carried out, and the call's remarks
    say why.
    """
    spec = operation.partial
    items = spec.items_of(call.body) if spec else None
    if spec is None or items is None or index >= len(items):
        what = f"{operation.id} cannot fail in part" if spec is None else f"there is no item {index}"
        call.remarks.append(f"partial: {what}")
        return perform()
    item = items.pop(index)
    if not items and spec.all:
        raise PlannedProblem(spec.all)
    result = perform()
    reply = result if isinstance(result, Reply) else Reply(result)
    results = spec.results_of(reply.body)
    if results is not None:
        results.insert(index, spec.report(item))
    return reply


def _problem_like(offered: Iterable[ProblemSpec], status: int) -> ProblemSpec | None:
    """The first problem of this status, else of its class, else any; none for what is no refusal."""
    if status < 400:
        return None
    closeness = {status: 0, status // 100: 1}
    return min(
        offered,
        key=lambda one: closeness.get(one.status, closeness.get(one.status // 100, 2)),
        default=None,
    )


def _restated(body: Any, old: int, new: int) -> Any:
    """The body of another status: it says the new one wherever it said its own, in numbers and in words."""
    if old == new:
        return body
    if isinstance(body, dict):
        return {name: _worded(name, value, new) or _restated(value, old, new) for name, value in body.items()}
    return new if type(body) is int and body == old else body


def _worded(name: str, value: Any, status: int) -> str | None:
    """What HTTP calls the status, where a text for people stands: nobody is to read "Not found" in a 503."""
    if name not in _WORDS or not isinstance(value, str) or status not in _PHRASES:
        return None
    return _PHRASES[status]
