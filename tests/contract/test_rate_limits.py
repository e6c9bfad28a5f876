"""Limits and switches: reading, and lint errors of every kind."""

from copy import deepcopy
from typing import Any

import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.lint import lint

MINUTE = {
    "description": "A hundred a minute.",
    "calls": 100,
    "seconds": 60,
    "per": "tenant",
    "problem": "too_many",
    "windows": "by_the_clock",
    "headers": {"X-Left": "{left} of {calls}", "X-Reset": "{reset}"},
    "refusal_headers": {"Retry-After": "{wait}"},
}
NEW = MINUTE | {"methods": ["POST"], "operations": ["create_book"]}
BAN = {
    "description": "Nobody is wrong for ever.",
    "calls": 15,
    "seconds": 15,
    "per": "address",
    "counts": "bad_calls",
    "ban": 20,
    "problem": "too_many",
}
SWITCHES = {
    "strict": {"description": "Content-Type", "schema": {"type": "boolean"}, "default": True},
    "most": {"description": "Of a page.", "schema": {"type": "integer", "minimum": 1}, "default": 40},
}
HOME = {
    "description": "Too many.",
    "content": {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/Refusal"},
            "examples": {"too_many": {"$ref": "#/components/examples/too_many"}},
        }
    },
}


@pytest.fixture
def limited(root: dict[str, Any]) -> dict[str, Any]:
    """The shelf with limits and switches."""
    document = deepcopy(root)
    document["components"]["examples"]["too_many"] = {
        "x-source": "inferred",
        "summary": "Too many",
        "value": {"error": "wait", "id": 1, "about": {"seconds": 1}},
        "x-fill": {"/about/seconds": "{wait}"},
    }
    document["components"]["responses"]["TooMany"] = HOME
    document["x-unrouted"]["429"] = {"$ref": "#/components/responses/TooMany"}
    for _path, _method, _item, node in Contract(Document(document, "shelf")).operation_nodes():
        node["responses"]["429"] = {"$ref": "#/components/responses/TooMany"}
    document["x-limits"] = deepcopy({"minute": MINUTE, "new": NEW, "bad": BAN})
    document["x-switches"] = deepcopy(SWITCHES)
    document["x-content-type-required"] = {"switch": "strict"}
    for _path, _method, _item, node in Contract(Document(document, "shelf")).operation_nodes():
        node["x-problems"] = {"content_type_missing": "too_many"}
    document["x-problems"]["content_type_missing"] = "too_many"
    return document


def _contract(root: dict[str, Any]) -> Contract:
    return Contract(Document(root, "shelf/openapi.yaml"))


def test_limits_are_read(limited: dict[str, Any]) -> None:
    contract = _contract(limited)
    minute, new, bad = contract.limits.values()
    assert (minute.name, minute.calls, minute.seconds, minute.per) == ("minute", 100, 60, "tenant")
    assert (minute.counts, minute.ban, minute.by_the_clock, minute.problem) == ("calls", 0, True, "too_many")
    assert minute.headers == {"X-Left": "{left} of {calls}", "X-Reset": "{reset}"}
    assert minute.refusal_headers == {"Retry-After": "{wait}"}
    assert (bad.counts, bad.ban, bad.by_the_clock, bad.headers) == ("bad_calls", 20, False, {})
    books, create = contract.operations["list_books"], contract.operations["create_book"]
    assert minute.applies_to("GET", books)
    assert minute.applies_to("PUT", None)
    assert new.applies_to("POST", create)
    assert not new.applies_to("GET", books)
    assert not new.applies_to("POST", None)


def test_a_limit_has_exceptions(limited: dict[str, Any]) -> None:
    limited["x-limits"]["minute"]["except"] = ["list_books"]
    contract = _contract(limited)
    minute = contract.limits["minute"]
    assert not minute.applies_to("GET", contract.operations["list_books"])
    assert minute.applies_to("POST", contract.operations["create_book"])
    assert minute.applies_to("GET", None)
    assert lint(contract) == []


def test_limits_and_switches_are_optional(shelf: Contract) -> None:
    assert (shelf.limits, shelf.switches, shelf.rules().content_type_scope) == ({}, {}, None)


def test_switches_are_read(limited: dict[str, Any]) -> None:
    contract = _contract(limited)
    assert {name: switch.default for name, switch in contract.switches.items()} == {
        "strict": True,
        "most": 40,
    }
    assert contract.switches["most"].schema.is_valid(1)
    assert not contract.switches["most"].schema.is_valid(0)
    assert contract.rules().requires_content_type(has_body=False)
    assert not contract.rules({"strict": False}).requires_content_type(has_body=True)
    assert not contract.rules({"strict": "none"}).requires_content_type(has_body=True)
    assert contract.rules({"strict": True, "most": 2}) is contract.rules()


def test_a_content_type_can_be_required_of_calls_with_a_body_only(limited: dict[str, Any]) -> None:
    limited["x-switches"]["strict"] |= {"schema": {"enum": ["bodies", "all", "none"]}, "default": "bodies"}
    contract = _contract(limited)
    assert not contract.rules().requires_content_type(has_body=False)
    assert contract.rules().requires_content_type(has_body=True)
    assert contract.rules({"strict": "all"}).requires_content_type(has_body=False)
    assert lint(contract) == []
    limited["x-content-type-required"] = "bodies"
    assert _contract(limited).rules().requires_content_type(has_body=True)
    assert not _contract(limited).rules().requires_content_type(has_body=False)


def test_valid_limits_and_switches_have_no_diagnostics(limited: dict[str, Any]) -> None:
    assert lint(_contract(limited)) == []


_FOUND: dict[str, tuple[str, dict[str, Any], str]] = {
    "no number": ("minute", {"calls": "many"}, "#/x-limits/minute: the limit is not valid at /calls"),
    "nothing at all": ("minute", {"calls": 0}, "is not valid at /calls (0 is less than the minimum of 1)"),
    "unknown caller": ("minute", {"per": "planet"}, "is not valid at /per ('planet' is not one of"),
    "unknown member": ("minute", {"burst": 3}, "burst is not supported in a limit"),
    "a ban for good calls": ("minute", {"ban": 3}, "the limit is not valid"),
    "bad calls and no ban": ("minute", {"counts": "bad_calls"}, "'ban' is a required property"),
    "headers of a ban": (
        "bad",
        {"headers": {"X": "{left}"}},
        "the limit is not valid (False schema does not allow",
    ),
    "a ban of a tenant": ("bad", {"per": "tenant"}, "is not valid at /per ('address' was expected)"),
    "unlisted problem": (
        "minute",
        {"problem": "too_much"},
        "minute/problem: problem too_much is not listed by list_books, which the limit applies to",
    ),
    "problem of lost calls": ("bad", {"problem": "unfit"}, "problem unfit is not listed in x-unrouted"),
    "unknown operation": (
        "new",
        {"operations": ["create_bok"]},
        "new/operations: unknown value create_bok in operations; did you mean create_book?",
    ),
    "unknown exception": (
        "new",
        {"except": ["create_bok"]},
        "new/except: unknown value create_bok in except; did you mean create_book?",
    ),
    "unknown method": ("new", {"methods": ["PUT"]}, "unknown value PUT in methods; remove it"),
    "unknown placeholder": (
        "minute",
        {"headers": {"X": "{rest}"}},
        "minute/headers/X: the template {rest} cannot be filled in; use {calls}, {left}, {reset}, {wait}",
    ),
    "formatted placeholder": ("minute", {"headers": {"X": "{left:03}"}}, "{left:03} cannot be filled in"),
    "open brace": ("bad", {"refusal_headers": {"X": "{left"}}, "{left cannot be filled in"),
    "unknown source": ("bad", {"x-source": "rumour"}, "unknown x-source rumour"),
}


@pytest.mark.parametrize("name", _FOUND)
def test_an_invalid_limit_is_found(name: str, limited: dict[str, Any]) -> None:
    limit, change, expected = _FOUND[name]
    limited["x-limits"][limit] = limited["x-limits"][limit] | change
    found = [str(one) for one in lint(_contract(limited))]
    assert [line for line in found if expected in line], found


def test_a_limit_needs_its_required_members(limited: dict[str, Any]) -> None:
    del limited["x-limits"]["minute"]["problem"]
    found = [str(one) for one in lint(_contract(limited))]
    assert [line for line in found if "'problem' is a required property" in line], found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"default": 0}, "#/x-switches/most/default: the default does not fit its schema (0 is less than"),
        ({"schema": {"type": "integer", "format": "tiny"}}, "format tiny is not asserted"),
        ({"schema": True}, "the switch is not valid at /schema (True is not of type 'object')"),
        ({"values": [1]}, "values is not supported in a switch"),
    ],
)
def test_an_invalid_switch_is_found(change: dict[str, Any], expected: str, limited: dict[str, Any]) -> None:
    limited["x-switches"]["most"] |= change
    found = [str(one) for one in lint(_contract(limited))]
    assert [line for line in found if expected in line], found


@pytest.mark.parametrize(
    "rule", [{"switch": "most"}, {"switch": "loose"}, {"switch": "strict", "not": 1}, "yes"]
)
@pytest.mark.parametrize("name", ["x-content-type-required", "x-names-ignore-case", "x-routes-first"])
def test_the_switch_of_a_rule_must_be_boolean(name: str, rule: Any, limited: dict[str, Any]) -> None:
    limited[name] = rule
    found = [str(one) for one in lint(_contract(limited))]
    assert [line for line in found if f"{name} is neither true nor the name of a boolean switch" in line], (
        found
    )
