"""Rate limits: rejects calls that exceed them, and gives the headers that report them on every reply."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from mockserver.call import Call
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.contract.problem import ProblemSpec
from mockserver.contract.rate_limit import RateLimitSpec
from mockserver.errors import PlannedProblem, Problem
from mockserver.state.rate_limits import Counter, exhausted, increment, initial
from mockserver.state.world import World

_CLIENT_ERRORS: Final = range(400, 500)
_TOO_MANY_REQUESTS: Final = 429
_AUTH_STATUSES: Final = (401, 403)


class RateLimiter:
    """The rate limits that apply to one call.

    `headers` are those of its reply. In a world without limits no call is rejected, and only limits that have
    headers are counted: the others cost the store nothing.
    """

    _checked_address = _is_authenticated = _is_rejected = False

    def __init__(self, contract: Contract, operation: Operation | None, call: Call, world: World) -> None:
        self.headers: dict[str, str] = {}
        self._call = call
        self._world = world
        self._source = operation or contract.unrouted
        self._on = world.settings.limits
        self._limits = self._with_rates(contract.limits_of(operation, call.method))
        self._counted = self._limits
        if not self._on:
            self._counted = tuple([limit for limit in self._limits if limit.headers])
        for limit in self._counted:
            if limit.headers:
                self.headers |= _render(limit.headers, initial(limit, world.now()))

    def check_address(self) -> None:
        """Counts the call for limits per address. Raises the problem of an exceeded one."""
        self._checked_address = True
        if self._counted:
            self._take(lambda limit: self._call.address if limit.per == "address" else None)

    def check_credential(self) -> None:
        """Counts the authenticated call for the other limits. Raises the problem of an exceeded one."""
        self._is_authenticated = True
        if self._counted:
            self._take(self._key)

    def record_result(self, status: int) -> None:
        """Counts a failed call once the status of its reply is known; may start a ban."""
        counts_failures = self._on and self._checked_address and not self._is_rejected
        if not counts_failures or status not in _CLIENT_ERRORS or status == _TOO_MANY_REQUESTS:
            return
        if not self._is_authenticated and status not in _AUTH_STATUSES:
            return
        counts = "bad_calls" if self._is_authenticated else "bad_credentials"
        asked = [(limit, self._call.address) for limit in self._limits if limit.counts == counts]
        for (limit, key), count in zip(asked, self._read(asked), strict=True):
            self._world.limits.save(limit, key, increment(limit, count))

    def planned_rejection(self, wait: int | None) -> PlannedProblem | None:
        """The problem of the first limit that applies to the call, as if it were exceeded; None without one.

        `wait` is the number of seconds to report; by default a whole window. If the vendor's reply does not
        report it, `Retry-After` does.
        """
        for limit in self._limits:
            if limit.counts == "calls" and limit.problem in self._source.problems:
                count = exhausted(limit, self._world.now(), wait)
                self.headers |= _render({**limit.headers, **limit.refusal_headers}, count)
                if wait is not None and not _reports_wait(limit, self._source.problems[limit.problem]):
                    self.headers["Retry-After"] = str(wait)
                return PlannedProblem(limit.problem, **_figures(count))
        return None

    def _with_rates(self, limits: tuple[RateLimitSpec, ...]) -> tuple[RateLimitSpec, ...]:
        """The limits with the rates that the world has set."""
        rates = self._world.settings.rates.get(self._world.vendor)
        if not rates:
            return limits
        return tuple(replace(one, calls=rates.get(one.name, one.calls)) for one in limits)

    def _key(self, limit: RateLimitSpec) -> str | None:
        """The key under which calls are counted together; None for a call without a credential."""
        known = self._call.credential
        if known is None or limit.per == "address":
            return None
        if limit.per == "tenant":
            return str(known.get("tenant", ""))
        return f"{known['field']}/{known['value']}"

    def _read(self, asked: list[tuple[RateLimitSpec, str]]) -> list[Counter]:
        return self._world.limits.read(asked, self._world.now())

    def _take(self, key_of: Callable[[RateLimitSpec], str | None]) -> None:
        """Counts the call. Raises the problem of the exceeded limit with the longest wait."""
        asked = [(limit, key) for limit in self._counted if (key := key_of(limit)) is not None]
        exceeded: list[tuple[RateLimitSpec, Counter]] = []
        for (limit, key), count in zip(asked, self._read(asked), strict=True):
            if limit.counts == "calls":
                count = increment(limit, count)
                self._world.limits.save(limit, key, count)
            self.headers |= _render(limit.headers, count)
            if count.is_exceeded or count.is_banned:
                exceeded.append((limit, count))
        if exceeded and self._on:
            self._is_rejected = True
            limit, count = max(exceeded, key=lambda one: one[1].until)
            self.headers |= _render({**limit.headers, **limit.refusal_headers}, count)
            raise Problem(limit.problem, **_figures(count))


def _reports_wait(limit: RateLimitSpec, problem: ProblemSpec) -> bool:
    templates = (*limit.headers.values(), *limit.refusal_headers.values(), *problem.fill.values())
    return any("{wait}" in template for template in templates)


def _figures(count: Counter) -> dict[str, int]:
    return {"calls": count.calls, "left": count.left, "reset": count.reset, "wait": count.wait}


def _render(templates: Mapping[str, str], count: Counter) -> dict[str, str]:
    if not templates:
        return {}
    figures = _figures(count)
    return {name: template.format_map(figures) for name, template in templates.items()}
