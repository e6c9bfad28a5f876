"""Two phases of Schemathesis for a sample of the operations: they make nine calls in ten of a run."""

import json
from collections.abc import Iterable
from typing import Any, Final

SHARE: Final = 15
"""In the gate one of so many operations has the phase `coverage`; in a thorough run all have it."""
SHARE_OF_EXAMPLES: Final = 4
"""In the gate one of so many operations has the phase `examples`: other tools send the examples of all."""

_METHODS: Final = {"get", "put", "post", "delete", "patch"}


def sampled(document: dict[str, Any], costly: Iterable[str] = ()) -> str:
    """Settings of Schemathesis, as TOML, that leave the two phases out for most operations of a document.

    The other phases call every operation. The sample is one in `SHARE` operations, in the order of the
    document: some of each kind, but for those of which the phases make hundreds of calls.
    """
    names = [*_operations(document)]
    without = {
        phase: [name for number, name in enumerate(names) if number % share or name in costly]
        for phase, share in (("coverage", SHARE), ("examples", SHARE_OF_EXAMPLES))
    }
    return "".join(
        f"\n[[operations]]\ninclude-operation-id = {json.dumps(others)}\nphases.{phase}.enabled = false\n"
        for phase, others in without.items()
    )


def _operations(document: dict[str, Any]) -> Iterable[str]:
    for item in document["paths"].values():
        yield from (node["operationId"] for method, node in item.items() if method in _METHODS)
