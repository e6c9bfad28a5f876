"""Two phases of Schemathesis for a sample of the operations: they make nine calls in ten of a run."""

import json
from collections.abc import Iterable
from typing import Any, Final

SHARE: Final = 30
"""In the gate one of so many operations has the phase `coverage`; in a thorough run all have it."""
SHARE_OF_EXAMPLES: Final = 8
"""In the gate one of so many operations has the phase `examples`: other tools send the examples of all."""

_SHARES: Final = {"coverage": SHARE, "examples": SHARE_OF_EXAMPLES}
_METHODS: Final = {"get", "put", "post", "delete", "patch"}


def sampled(document: dict[str, Any], costly: Iterable[str] = ()) -> str:
    """Settings of Schemathesis, as TOML, that leave the two phases out for most operations of a document.

    The other phases call every operation. The sample is one in `SHARE` operations, in the order of the
    document: some of each kind, but for those of which the phases make hundreds of calls.
    """
    without: dict[str, list[str]] = {}
    for number, name in enumerate(_operations(document)):
        phases = [phase for phase, share in _SHARES.items() if number % share or name in costly]
        without.setdefault("".join(f"phases.{phase}.enabled = false\n" for phase in phases), []).append(name)
    # One table for each operation: Schemathesis merges those of an operation at every look at a setting.
    return "".join(
        f"\n[[operations]]\ninclude-operation-id = {json.dumps(names)}\n{settings}"
        for settings, names in without.items()
        if settings
    )


def _operations(document: dict[str, Any]) -> Iterable[str]:
    for item in document["paths"].values():
        yield from (node["operationId"] for method, node in item.items() if method in _METHODS)
