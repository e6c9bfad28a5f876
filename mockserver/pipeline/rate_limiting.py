"""What a vendor's limits say to a call: who is turned away, and what stands on every reply."""

from collections.abc import Callable, Iterable, Mapping
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

_BAD: Final = range(400, 500)
_TOO_MANY: Final = 429
_NOT_LET_IN: Final = (401, 403)


class RateLimiter:
    """What the limits of its vendor let one call do.

    `headers` are those that stand on its reply. In a world without limits nobody is turned away, and only
    what stands on replies is counted: a vendor that tells nothing of its limits costs the store nothing.
    """

    def __init__(self, contract: Contract, operation: Operation | None, call: Call, world: World) -> None:
        self.headers: dict[str, str] = {}
        self._call = call
        self._world = world
        self._listed = (operation or contract.unrouted).problems
        self._on = world.settings.limits
        self._asked = self._let_in = self._refused = False
        held = (one for one in contract.limits.values() if one.holds_for(call.method, operation))
        self._limits = self._as_set(held)
        for limit in self._limits:
            if limit.headers:
                self.headers |= _filled(limit.headers, initial(limit, world.now()))

    def check_address(self) -> None:
        """Before anything else: counts what is counted by address. Raises the problem of a limit."""
        self._asked = True
        self._take(lambda limit: self._call.address if limit.per == "address" else None)

    def check_credential(self) -> None:
        """Once it is known who calls: counts the others. Raises the problem of a limit."""
        self._let_in = True
        self._take(self._whose)

    def record_result(self, status: int) -> None:
        """Once the status of the answer is known: counts bad calls, which may bring about a ban."""
        looked_at = self._on and self._asked and not self._refused
        if not looked_at or status not in _BAD or status == _TOO_MANY:
            return
        if not self._let_in and status not in _NOT_LET_IN:
            return
        counts = "bad_calls" if self._let_in else "bad_credentials"
        asked = [(limit, self._call.address) for limit in self._limits if limit.counts == counts]
        for (limit, key), count in zip(asked, self._read(asked), strict=True):
            self._world.limits.save(limit, key, increment(limit, count))

    def planned_rejection(self, wait: int | None) -> PlannedProblem | None:
        """A refusal as if the first limit that holds for the call were reached; None: there is none.

        `wait` are the seconds to be told, else those of a whole window. Where the vendor does not tell them,
        the header `Retry-After` does if they are given.
        """
        for limit in self._limits:
            if limit.counts == "calls" and limit.problem in self._listed:
                count = exhausted(limit, self._world.now(), wait)
                self.headers |= _filled({**limit.headers, **limit.refusal_headers}, count)
                if wait is not None and not _tells(limit, self._listed[limit.problem]):
                    self.headers["Retry-After"] = str(wait)
                return PlannedProblem(limit.problem, **_figures(count))
        return None

    def _as_set(self, limits: Iterable[RateLimitSpec]) -> tuple[RateLimitSpec, ...]:
        """With the numbers that the world has set."""
        rates = self._world.settings.rates.get(self._world.vendor)
        if not rates:
            return tuple(limits)
        return tuple(replace(one, calls=rates.get(one.name, one.calls)) for one in limits)

    def _whose(self, limit: RateLimitSpec) -> str | None:
        """Whose calls are counted together with this one's; None: nobody's, who has shown no credential."""
        known = self._call.credential
        if known is None or limit.per == "address":
            return None
        if limit.per == "tenant":
            return str(known.get("tenant", ""))
        return f"{known['field']}/{known['value']}"

    def _read(self, asked: list[tuple[RateLimitSpec, str]]) -> list[Counter]:
        return self._world.limits.read(asked, self._world.now())

    def _take(self, whose: Callable[[RateLimitSpec], str | None]) -> None:
        """Counts the call. Raises the problem of the limit that keeps it waiting longest."""
        wanted = [limit for limit in self._limits if self._on or limit.headers]
        asked = [(limit, key) for limit in wanted if (key := whose(limit)) is not None]
        if not asked:
            return
        refusing: list[tuple[RateLimitSpec, Counter]] = []
        for (limit, key), count in zip(asked, self._read(asked), strict=True):
            if limit.counts == "calls":
                count = increment(limit, count)
                self._world.limits.save(limit, key, count)
            self.headers |= _filled(limit.headers, count)
            if count.is_exceeded or count.is_banned:
                refusing.append((limit, count))
        if refusing and self._on:
            self._refused = True
            limit, count = max(refusing, key=lambda one: one[1].until)
            self.headers |= _filled({**limit.headers, **limit.refusal_headers}, count)
            raise Problem(limit.problem, **_figures(count))


def _tells(limit: RateLimitSpec, problem: ProblemSpec) -> bool:
    templates = (*limit.headers.values(), *limit.refusal_headers.values(), *problem.fill.values())
    return any("{wait}" in template for template in templates)


def _figures(count: Counter) -> dict[str, int]:
    return {"calls": count.calls, "left": count.left, "reset": count.reset, "wait": count.wait}


def _filled(templates: Mapping[str, str], count: Counter) -> dict[str, str]:
    if not templates:
        return {}
    figures = _figures(count)
    return {name: template.format_map(figures) for name, template in templates.items()}
