"""Fanfare: the texts of invalid fields, in the vendor's words and never in a library's."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.client import World
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.paths import contracts
from tests.examples import few_or_many
from tests.vendors.banned_phrases import find_banned
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, TIERS, V1, VIP, Fanfare, make_rule
from tests.vendors.limited import Limited

ADMIN = Contract.read(contracts() / "fanfare" / "openapi.yaml")
TYPES = 'Expected ("STATIC" | "DYNAMIC" | "SYNCED_LIST") but received'


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


@pytest.mark.parametrize("first", [0, -1, "x", "1.5", ""])
def test_page_sizes_are_positive_integers(fanfare: Fanfare, first: Any) -> None:
    audience = fanfare.audience(type="STATIC")
    for path in (CONSUMERS, f"{CONSUMERS}/search", f"{AUDIENCES}/{audience}/members", f"{V1}/orders"):
        assert fanfare.invalid("GET", path, first=first, q="jo") == {"first": "Must be a positive integer"}
    assert fanfare.invalid("GET", CONSUMERS, last=first) == {"last": "Must be a positive integer"}


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"type": "STATIC"}, "name", "Required"),
        ({"name": "A"}, "type", "Required"),
        ({"name": 5, "type": "STATIC"}, "name", "Invalid type: Expected string but received 5"),
        ({"name": None, "type": "STATIC"}, "name", "Invalid type: Expected string but received null"),
        ({"name": [], "type": "STATIC"}, "name", "Invalid type: Expected string but received Array"),
        ({"name": "", "type": "STATIC"}, "name", "Invalid length: Expected >=1 but received 0"),
        ({"name": "A", "type": "LIST"}, "type", f'Invalid type: {TYPES} "LIST"'),
        ({"name": "A", "type": None}, "type", f"Invalid type: {TYPES} null"),
        (
            {"name": "A", "type": "STATIC", "metadata": 1},
            "metadata",
            "Invalid type: Expected Object but received 1",
        ),
        (
            {"name": "A", "type": "STATIC", "description": True},
            "description",
            "Invalid type: Expected string but received true",
        ),
        (
            {"name": "A", "type": "STATIC", "refreshIntervalSeconds": 0},
            "refreshIntervalSeconds",
            "Must be a positive integer",
        ),
        (17, "", "Invalid type: Expected Object but received 17"),
    ],
)
def test_invalid_audiences(fanfare: Fanfare, body: Any, field: str, message: str) -> None:
    assert fanfare.invalid("POST", AUDIENCES, body) == {field: message}


def test_a_name_cannot_be_cleared(fanfare: Fanfare) -> None:
    path = f"{AUDIENCES}/{fanfare.audience(type='STATIC')}"
    expected = {"name": "Invalid type: Expected string but received null"}
    assert fanfare.invalid("PUT", path, {"name": None}) == expected
    expected = {"lastRefreshedAt": "Invalid date"}
    assert fanfare.invalid("PUT", path, {"lastRefreshedAt": "soon"}) == expected


@pytest.mark.parametrize(
    ("rule", "field", "message"),
    [
        (VIP | {"values": 5}, "values", "Invalid type: Expected Array but received 5"),
        (
            VIP | {"values": [None]},
            "values.0",
            "Invalid type: Expected (string | number | boolean) but received null",
        ),
        (VIP | {"position": -1}, "position", "Invalid value: Expected >=0 but received -1"),
        (VIP | {"position": 1.5}, "position", "Invalid integer: Received 1.5"),
        (VIP | {"field": "shoeSize"}, "field", "Invalid format"),
        (make_rule("totalOrders", "EQUALS"), "values", "Invalid length: Expected 1 but received 0"),
        (make_rule("totalOrders", "EQUALS", 1, 2), "values", "Invalid length: Expected 1 but received 2"),
        (make_rule("totalOrders", "IN"), "values", "Invalid length: Expected >=1 but received 0"),
        (make_rule("totalOrders", "BETWEEN", 1), "values", "Invalid length: Expected 2 but received 1"),
        (make_rule("email", "NOT_EXISTS", "x"), "values", "Invalid length: Expected 0 but received 1"),
    ],
)
def test_invalid_rules(fanfare: Fanfare, rule: Any, field: str, message: str) -> None:
    body = {"name": "A", "type": "DYNAMIC", "rules": [VIP, rule]}
    assert fanfare.invalid("POST", AUDIENCES, body) == {f"rules.1.{field}": message}
    path = f"{AUDIENCES}/{fanfare.audience(VIP)}/rules"
    assert fanfare.invalid("POST", path, [rule]) == {f"0.{field}": message}
    (kept,) = fanfare.get(path)
    assert fanfare.invalid("PUT", f"{path}/{kept['id']}", rule)[field] == message


def test_the_contract_says_how_many_values_an_operator_takes() -> None:
    schema = ADMIN.schema({"$ref": "#/components/schemas/NewRule"})
    counts = {"IN": {1, 2, 3}, "NOT_IN": {1, 2, 3}, "BETWEEN": {2}, "EXISTS": {0}, "NOT_EXISTS": {0}}
    operators = ADMIN.document.root["components"]["schemas"]["Operator"]["enum"]
    assert counts.keys() < {*operators}
    for operator in operators:
        fitting = {
            count for count in range(4) if schema.is_valid(make_rule("metadata.a", operator, *range(count)))
        }
        assert fitting == counts.get(operator, {1}), operator


@pytest.mark.parametrize(
    ("path", "params", "message"),
    [
        (CONSUMERS, {"sortDir": "up"}, 'Invalid type: Expected ("asc" | "desc") but received "up"'),
        (CONSUMERS, {"search": "x"}, "Invalid length: Expected >=2 but received 1"),
        (CONSUMERS, {"first": 101}, "Invalid value: Expected <=100 but received 101"),
        (CONSUMERS, {"createdAfter": "yesterday"}, "Invalid date"),
        (CONSUMERS, {"after": "x"}, "Invalid cursor"),
        (CONSUMERS, {"include": "orders"}, 'Invalid type: Expected "audiences" but received "orders"'),
        (
            AUDIENCES,
            {"include": "rules,nothing"},
            'Invalid type: Expected ("rules" | "imports" | "primarySyncSource") but received "nothing"',
        ),
    ],
)
def test_invalid_parameters(fanfare: Fanfare, path: str, params: dict[str, Any], message: str) -> None:
    (name,) = params
    assert fanfare.invalid("GET", path, **params) == {name: message}


WORDS = st.sampled_from(["", "a", "x@y", "no date", "2024-13-45", "STATIC", "EQUALS", "email", "5"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 10**20) | st.sampled_from([0.5, 1e300, -2.0]) | WORDS
SCHEMAS = ADMIN.document.root["components"]["schemas"].values()
MEMBERS = st.sampled_from(sorted({name for one in SCHEMAS for name in one.get("properties", ())}))
BODIES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=5),
    max_leaves=12,
) | st.sampled_from([{"groupName": "T", "attribute": "totalOrders", "tiers": [*TIERS, {}]}, [VIP, {}], [{}]])
PARAMETERS = st.dictionaries(
    st.sampled_from(sorted({name for one in ADMIN.operations.values() for name in one.query_names})),
    st.sampled_from(["", "x", "0", "-1", "1.5", "101", "9" * 30, "%00", "[]", "rules,x"]),
    max_size=3,
)
RAW = st.sampled_from([b"{", b"[1,", b'{"a":1}x', b"\xff", b"nul", b'{"a":NaN}', b'"', b"'"])


@pytest.fixture(scope="module")
def limited() -> Iterator[Limited]:
    one = Limited("fanfare", limits=False)
    yield one
    one.worlds.store.close()


@pytest.fixture(scope="module")
def existing(limited: Limited) -> dict[str, str]:
    """The id of something for each parameter."""
    key = f"Bearer {limited.credentials['secret_key']}"

    def send(method: str, path: str, body: Any = None) -> Any:
        return json.loads(limited.answer(method, V1 + path, body, authorization=key).body)

    dynamic = send("POST", "/audiences", {"name": "A", "type": "DYNAMIC", "rules": [VIP]})
    consumer = send("POST", "/consumers", {})["id"]
    tiers = {"groupName": "T", "attribute": "totalOrders", "tiers": TIERS}
    return {
        "audienceId": dynamic["id"],
        "ruleId": dynamic["rules"][0]["id"],
        "groupId": send("POST", "/audiences/loyalty-tiers", tiers)["tierGroup"],
        "consumerId": consumer,
        "orderId": send("POST", "/orders", {"consumerId": consumer, "amount": "1"})["id"],
        "sourceId": send("POST", "/sync-sources", {"syncSource": "a", "syncSourceId": "b"})["id"],
        "webhookId": send("POST", "/webhooks", {"url": "https://a.b", "events": ["order.created"]})["id"],
    }


@few_or_many(150, 2_000)
def test_no_reply_has_the_grammar_of_a_library(
    limited: Limited, existing: dict[str, str], examples: int
) -> None:
    operations = [one for one in ADMIN.operations.values() if one.method != "DELETE" or one.body]
    key = f"Bearer {limited.credentials['secret_key']}"

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(operations), BODIES | RAW, PARAMETERS)
    def refused_in_sentences(operation: Operation, body: Any, params: dict[str, str]) -> None:
        path = re.sub(r"\{(\w+)\}", lambda found: existing.get(found[1], "x"), operation.path) + "?"
        path += "&".join(f"{name}={value}" for name, value in params.items())
        reply = limited.answer(operation.method, path, body, authorization=key)
        assert reply.status < 500, reply.body
        if reply.status >= 400:
            assert find_banned(reply.body.decode()) == []

    refused_in_sentences()


def test_the_operator_and_the_values_of_a_rule_are_required(fanfare: Fanfare) -> None:
    for rule, missing in (({"field": "email", "values": []}, "operator"), (VIP | {}, "values")):
        sent = {name: value for name, value in rule.items() if name != missing}
        body = {"name": "A", "type": "DYNAMIC", "rules": [sent]}
        assert fanfare.invalid("POST", AUDIENCES, body) == {f"rules.0.{missing}": "Required"}
