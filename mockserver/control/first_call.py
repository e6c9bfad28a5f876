"""A call to paste into a shell: the one that the contract calls its first."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from mockserver.binding.vendor import Vendor
from mockserver.contract.contract import Contract


def curl(vendor: Vendor, url: str, credentials: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """The curl of `x-first-call` with the contract's own example; None if nothing lets it in.

    `headers` are those that let every call in; where a vendor has calls signed, this one is, good once.
    Members of the example that are named like a credential get the world's own.
    """
    contract = vendor.contract
    operation = contract.operations.get(contract.first_call or "")
    if operation is None:
        return None
    sent: dict[str, str] = {}
    if operation.schemes:
        sent = dict(headers) or vendor.hooks.sign(operation.method, url + operation.path, credentials)
        if not sent:
            return None
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
    follow = contract.document.resolve
    node = next(node for *_place, node in contract.operation_nodes() if node["operationId"] == operation)
    content = next(iter(follow(node["requestBody"])["content"].values()))
    examples = [follow(example)["value"] for example in content.get("examples", {}).values()]
    body: dict[str, Any] = content["example"] if "example" in content else examples[0]
    return body
