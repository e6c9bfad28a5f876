"""Rate limits as data: the number of calls in a window (`x-limits` of a contract)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.contract.operation import Operation


@dataclass(frozen=True)
class RateLimitSpec:
    """One rate limit of a vendor: `calls` in a window of `seconds`.

    `per` is tenant, credential or address: whose calls are counted together. `counts` is calls, bad_calls or
    bad_credentials. `exceptions` are operations that it does not apply to. `ban` is the number of seconds for
    which a caller that exceeds the limit is rejected; 0: until the next window. A window starts with its
    first call, or (`by_the_clock`) at multiples of its length, such as full minutes. `headers` are added to
    the replies to limited calls, `refusal_headers` to rejections; both are templates with {calls}, {left},
    {reset} and {wait}.
    """

    name: str
    calls: int
    seconds: int
    per: str
    problem: str
    counts: str = "calls"
    methods: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    exceptions: frozenset[str] = frozenset()
    ban: int = 0
    by_the_clock: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    refusal_headers: Mapping[str, str] = field(default_factory=dict)
    description: str = ""

    def applies_to(self, method: str, operation: Operation | None) -> bool:
        """Whether the limit counts this call; `operation` is None if no operation matches."""
        if self.methods and method not in self.methods:
            return False
        if operation is None:
            return not self.operations
        is_named = not self.operations or operation.id in self.operations
        return is_named and operation.id not in self.exceptions


def read_limits(root: Mapping[str, Any]) -> dict[str, RateLimitSpec]:
    """The limits of a document by name, in the document's order."""
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
        exceptions=frozenset(node.get("except", ())),
        ban=node.get("ban", 0),
        by_the_clock=node.get("windows") == "by_the_clock",
        headers=node.get("headers", {}),
        refusal_headers=node.get("refusal_headers", {}),
        description=node.get("description", ""),
    )
