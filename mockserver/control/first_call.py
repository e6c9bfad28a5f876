"""The example call of a vendor (`x-first-call`) as a curl command."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from mockserver.binding.vendor import Vendor
from mockserver.contract.contract import Contract


def curl(vendor: Vendor, url: str, credentials: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """The curl command of `x-first-call` with the contract's example; None if it cannot be authenticated.

    `headers` authenticate every call. If the vendor requires signatures instead, the command signs each call
    anew (`mockserver sign`), because a signature is valid once. Members of the example that are named like a
    credential get the credential of the world.
    """
    contract = vendor.contract
    operation = contract.operations.get(contract.first_call or "")
    if operation is None:
        return None
    sent: dict[str, str] = {}
    signed = False
    if operation.schemes:
        sent = dict(headers)
        signed = not sent and bool(vendor.hooks.sign(operation.method, url + operation.path, credentials))
        if not sent and not signed:
            return None
    body = _example(contract, operation.id) if operation.body else None
    if body is not None or contract.rules().requires_content_type(has_body=False):
        sent["Content-Type"] = "application/json"
    words = ["curl", "-sS", "-X", operation.method, url + operation.path]
    for name, value in sent.items():
        words += ["-H", f"{name}: {value}"]
    if body is not None:
        secrets = {name: value for name, value in credentials.items() if name in body}
        words += ["-d", json.dumps(body | secrets, ensure_ascii=False)]
    command = shlex.join(words)
    if signed:
        call = shlex.join(["mockserver", "sign", operation.method, url + operation.path])
        command += f' -H "$({call})"'
    return command


def _example(contract: Contract, operation: str) -> dict[str, Any]:
    follow = contract.document.resolve
    node = next(node for *_place, node in contract.operation_nodes() if node["operationId"] == operation)
    content = next(iter(follow(node["requestBody"])["content"].values()))
    examples = [follow(example)["value"] for example in content.get("examples", {}).values()]
    body: dict[str, Any] = content["example"] if "example" in content else examples[0]
    return body
