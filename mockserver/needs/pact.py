"""A Pact file (specification 4) with the calls of tests, whose replies have only what the tests need."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs

from mockserver.contract.document import Document
from mockserver.formats.secret_mark import REDACTED
from mockserver.needs.members import parse

_JSON: Final = "application/json"
_BLANK: Final = "redacted"
"""What replaces a secret: a header's value has no characters beyond Latin-1 (RFC 9110)."""


def create_pact(
    tests: Sequence[Mapping[str, Any]], vendor: str, consumer: str, contract: Document
) -> dict[str, Any]:
    """The Pact of a consumer with a vendor. Values of replies are matched by their types.

    Secrets are blanked; the contract says what kind of credential stood there, as in `Bearer redacted`.
    """
    authorization = _blank_authorization(contract)
    found: dict[str, dict[str, Any]] = {}
    for test in tests:
        calls = [call for call in test["calls"] if call["vendor"] == vendor]
        for number, call in enumerate(calls, start=1):
            interaction = _interaction(
                call, f"{call['operation']} in {test['test']} (call {number})", authorization
            )
            found[interaction["description"]] = interaction
    return {
        "consumer": {"name": consumer},
        "provider": {"name": vendor},
        "interactions": list(found.values()),
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }


def _blank_authorization(contract: Document) -> str:
    """A value of the header Authorization without a secret: its scheme, which the journal blanks too."""
    schemes = map(contract.resolve, contract.root.get("components", {}).get("securitySchemes", {}).values())
    named = [str(one["scheme"]) for one in schemes if one.get("type") == "http"]
    return f"{named[0]} {_BLANK}" if named else _BLANK


def _interaction(call: Mapping[str, Any], description: str, authorization: str) -> dict[str, Any]:
    headers = {
        name: [authorization if name.lower() == "authorization" else value.replace(REDACTED, _BLANK)]
        for name, value in call["headers"].items()
        if call["body"] or name.lower() != "content-type"  # many clients send it without a body, too
    }
    request: dict[str, Any] = {"method": call["method"], "path": call["path"], "headers": headers}
    if call["query"]:
        request["query"] = parse_qs(call["query"], keep_blank_values=True)
    sent = parse(call["body"])
    if sent is not None:
        request["body"] = _body(sent)
    response: dict[str, Any] = {"status": call["status"]}
    if call["reply"] not in (None, {}):  # a Pact without a body takes any, which {} does not say
        response["headers"] = {"Content-Type": [_JSON]}
        response["body"] = _body(call["reply"])
        rules = {"combine": "AND", "matchers": [{"match": "type"}]}
        response["matchingRules"] = {"body": {"$": rules}}
    interaction = {"type": "Synchronous/HTTP", "description": description, "pending": False}
    return {**interaction, "request": request, "response": response}


def _body(content: Any) -> dict[str, Any]:
    return {"content": content, "contentType": _JSON, "encoded": False}
