"""A call to paste into a shell: the one that the contract calls its first."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from mockserver.contract.contract import Contract


def curl(
    contract: Contract, url: str, credentials: Mapping[str, str], headers: Mapping[str, str]
) -> str | None:
    """The curl of `x-first-call` with the contract's own example; None where it has to be signed first.

    Members of the example that are named like a credential get the world's own.
    """
    operation = contract.operations.get(contract.first_call or "")
    if operation is None or (operation.schemes and not headers):
        return None
    sent = dict(headers) if operation.schemes else {}
    body = _example(contract, operation.id) if operation.body else None
    if body is not None or contract.content_type_required:
        sent["Content-Type"] = "application/json"
    words = ["curl", "-sS", "-X", operation.method, url + operation.path]
    for name, value in sent.items():
        words += ["-H", f"{name}: {value}"]
    if body is not None:
        own = {name: value for name, value in credentials.items() if name in body}
        words += ["-d", json.dumps(body | own, ensure_ascii=False)]
    return shlex.join(words)


def _example(contract: Contract, operation: str) -> dict[str, Any]:
    follow = contract.document.follow
    node = next(node for *_place, node in contract.nodes() if node["operationId"] == operation)
    content = next(iter(follow(node["requestBody"])["content"].values()))
    examples = [follow(example)["value"] for example in content.get("examples", {}).values()]
    body: dict[str, Any] = content["example"] if "example" in content else examples[0]
    return body
