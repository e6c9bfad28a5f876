"""Schemathesis's phase `coverage` for a sample of the operations: it makes four calls in five of a run."""

import json
from collections.abc import Iterable
from typing import Any, Final

SHARE: Final = 15
"""In the gate one of so many operations has the phase; in a thorough run all have it."""

_METHODS: Final = {"get", "put", "post", "delete", "patch"}


def sampled(document: dict[str, Any], costly: Iterable[str] = ()) -> str:
    """Settings of Schemathesis, as TOML, that leave the phase out for most operations of a document.

    The other phases call every operation. The sample is one in `SHARE` operations, in the order of the
    document: some of each kind, but for those of which the phase makes hundreds of calls.
    """
    names = [*_operations(document)]
    others = [name for number, name in enumerate(names) if number % SHARE or name in costly]
    return f"\n[[operations]]\ninclude-operation-id = {json.dumps(others)}\nphases.coverage.enabled = false\n"


def _operations(document: dict[str, Any]) -> Iterable[str]:
    for item in document["paths"].values():
        yield from (node["operationId"] for method, node in item.items() if method in _METHODS)
