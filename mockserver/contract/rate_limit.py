"""A limit: how many calls a caller may make in a time, as data (`x-limits` of a contract)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.contract.operation import Operation


@dataclass(frozen=True)
class RateLimitSpec:
    """One limit of a vendor.

    `per` is tenant, credential or address: whose calls are counted together. `counts` is calls, bad_calls or
    bad_credentials. A `ban` is for how many seconds a caller is turned away who has used up the number;
    without one he waits for the next window. Windows begin with their first call, or (`by_the_clock`) at the
    full minutes, say, of the clock. `headers` stand on every reply that the limit has its say in,
    `refusal_headers` on its refusals; both are templates of {calls}, {left}, {reset} and {wait}.
    """

    name: str
    calls: int
    seconds: int
    per: str
    problem: str
    counts: str = "calls"
    methods: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    ban: int = 0
    by_the_clock: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    refusal_headers: Mapping[str, str] = field(default_factory=dict)
    description: str = ""

    def applies_to(self, method: str, operation: Operation | None) -> bool:
        """Whether it is about this call; `operation` is None for one that no operation answers."""
        if self.methods and method not in self.methods:
            return False
        return not self.operations or (operation is not None and operation.id in self.operations)


def read_limits(root: Mapping[str, Any]) -> dict[str, RateLimitSpec]:
    """The limits of a document by their names, in its order."""
    return {name: _limit(name, node) for name, node in root.get("x-limits", {}).items()}


def _limit(name: str, node: Mapping[str, Any]) -> RateLimitSpec:
    return RateLimitSpec(
        name=name,
        calls=node["calls"],
        seconds=node["seconds"],
        per=node["per"],
        problem=node["problem"],
        counts=node.get("counts", "calls"),
        methods=frozenset(node.get("methods", ())),
        operations=frozenset(node.get("operations", ())),
        ban=node.get("ban", 0),
        by_the_clock=node.get("windows") == "by_the_clock",
        headers=node.get("headers", {}),
        refusal_headers=node.get("refusal_headers", {}),
        description=node.get("description", ""),
    )
