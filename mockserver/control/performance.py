"""Performs operations of the control API from within the server, validated as those of its callers."""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from mockserver.binding.bound_contract import BoundContract
from mockserver.call import Call, WireReply
from mockserver.errors import Problem
from mockserver.pipeline.handler import handle_internal_call
from mockserver.state.worlds import Worlds

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]+")


def perform(
    bound: BoundContract, worlds: Worlds, operation: str, params: Mapping[str, Any], body: Any, server: str
) -> WireReply:
    """The reply of an operation, given with the parameters of its path and its body.

    `server` is the base URL of the server. Raises call_does_not_fit for a parameter that no path can have.
    """
    spec = bound.contract.operations[operation]
    values = {name: str(value) for name, value in params.items()}
    wanted = _PLACEHOLDER.findall(spec.path)
    for name in wanted:
        if not _PLAIN.fullmatch(values.get(name, "")):
            raise Problem(
                "call_does_not_fit", where=f"path/{name}", reason=f"{values.get(name)!r} is not a name"
            )
    path = _PLACEHOLDER.sub(lambda found: values[found[1]], spec.path)
    raw = b"" if body is None else orjson.dumps(body)
    headers = {"content-type": "application/json"} if raw else {}
    call = Call(spec.method, path, headers=headers, raw=raw, origin=f"{server}/_mock", raw_path=path)
    reply, _context = handle_internal_call(bound, call, worlds, worlds.store.transaction, lambda: None)
    return reply
