"""Voyado: refusals are sentences for people, one for each fault, whatever a caller sends."""

import json
import re
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.call import Call, WireReply
from mockserver.contract.operation import Operation
from mockserver.formats import yaml_loader
from mockserver.paths import contracts
from mockserver.pipeline.handler import handle_call
from mockserver.vendors import find
from tests.examples import few_or_many, one_in
from tests.vendors.banned_phrases import find_banned
from tests.vendors.limited import NAME, Limited

DOCUMENT = yaml_loader.read(contracts() / "voyado" / "openapi.yaml")
OPERATIONS = find("voyado").contract.operations
ID = "2e40b702-2767-4abe-ae99-aa510108e22b"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"email": "x"}, "The email field is not a valid e-mail address."),
        ({"email": 7}, "The email field is not a valid e-mail address."),
        (
            {"email": "a@example.com", "mobilePhone": "070"},
            "The mobilePhone field is not a valid phone number.",
        ),
        ({"email": "a@example.com", "gender": "female"}, "The field gender must be Male, Female or Other."),
        ({"email": "a@example.com", "birthDay": "5/6/1985"}, "The birthDay field is not a valid date."),
        ({"email": "a@example.com", "firstName": 7}, "The field firstName must be a string."),
        ({"email": "a@example.com", "preferences": []}, "The field preferences must be an object."),
        (
            {"email": "a@example.com", "consents": [{"id": "memberTerms", "value": None}]},
            "The consents[0].value field is required.",
        ),
        (
            {"email": "a@example.com", "consents": [{"id": "memberTerms", "value": "x"}]},
            "The field consents[0].value must be true or false.",
        ),
        ({"email": "a@example.com", "consents": [{}]}, "The consents[0].id field is required."),
        ([], "The request body must be an object."),
        ("text", "The request body must be an object."),
        ({"firstName": "Keyless"}, "The email field is required."),
        (
            {"email": "a@example.com", "socialSecurityNumber": "198001019800"},
            "The socialSecurityNumber field is not a valid social security number.",
        ),
    ],
)
@pytest.mark.parametrize("version", ["v2", "v3"])
def test_a_fault_of_a_contact_is_one_sentence(version: str, body: Any, message: str) -> None:
    reply = send("POST", f"/api/{version}/contacts", body)
    assert reply.status == 422
    first, *others = json.loads(reply.body)["validationErrors"]
    assert first["errorDescription"] == message
    assert not others or body["consents"] == [{}]  # two members are missing there


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("changeType=Created&fromDate=x", "The fromDate field is not a valid date."),
        ("changeType=Created", "The fromDate field is required."),
        (
            "changeType=Married&fromDate=2026-01-01",
            "The field changeType must be Created, Updated or Deleted.",
        ),
        ("fromDate=2026-01-01", "The changeType field is required."),
    ],
)
def test_a_fault_of_a_list_of_changes_is_one_sentence(query: str, message: str) -> None:
    for version in ("v2", "v3"):
        reply = send("GET", f"/api/{version}/contacts/changes?{query}")
        assert (reply.status, json.loads(reply.body)["message"]) == (400, message)


def test_the_journal_keeps_the_precise_violation() -> None:
    one = Limited("voyado", limits=False)
    one.answer("POST", "/api/v3/contacts", {"firstName": 7}, apikey=one.credentials["apikey"])
    (exchange,) = one.worlds.journal(NAME).read()
    (violation,) = exchange["violations"]
    assert (violation["pointer"], violation["keyword"]) == ("/firstName", "type")
    assert "7 is not of type" in violation["message"]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5000) | st.floats(-1e9, 1e9) | st.text(max_size=5)
    | st.sampled_from(["", "a@example.com", "x" * 300, "2026-02-30", ID]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=3), below, max_size=3),
    max_leaves=5,
)  # fmt: skip
NO_JSON = st.sampled_from([b"{", b"\xff", b"[1,", b"nul"])
TEXTS = st.sampled_from(
    ["", "x", "True", "0", "-1", "1e9", "[]", "None", "a@b", "+4", ID, f"{{{ID}}}", "ä" * 300]
)


@few_or_many(8, 200)
@pytest.mark.parametrize("id", one_in(3, OPERATIONS))
def test_no_refusal_has_the_grammar_of_a_library(id: str, examples: int) -> None:
    operation = OPERATIONS[id]
    names = re.findall(r"\{(\w+)\}", operation.path)
    queried = [one.name for one in operation.parameters if one.location == "query"]

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.tuples(*[TEXTS.filter(bool)] * len(names)),
        st.fixed_dictionaries({}, optional=dict.fromkeys(queried, TEXTS)),
        bodies(operation),
    )
    def refused_in_sentences(values: tuple[str, ...], query: dict[str, str], raw: bytes | None) -> None:
        path = operation.path.format_map(dict(zip(names, values, strict=True)))
        reply = send(operation.method, f"{path}?{urlencode(query)}", raw)
        assert "X-Mockserver-Broken-Promise" not in reply.headers, reply.body
        if reply.status >= 400:
            assert find_banned(reply.body.decode()) == []

    refused_in_sentences()


def bodies(operation: Operation) -> st.SearchStrategy[bytes | None]:
    """No JSON, arbitrary JSON, and the contract's example with a member replaced or missing."""
    if not operation.body:
        return st.none()
    example = _example(operation.path, operation.method.lower())
    kinds = [JSON_VALUES]
    if spots := list(_spots(example)):
        kinds.append(st.builds(_replace, st.just(example), st.sampled_from(spots), JSON_VALUES))
    return st.one_of(NO_JSON, *(kind.map(_encode) for kind in kinds))


def _encode(value: Any) -> bytes:
    return json.dumps(value).encode()


def send(method: str, path: str, body: Any = None) -> WireReply:
    """One call in a world that all calls share."""
    one = _world()
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    path, _, query = path.partition("?")
    headers = {"apikey": one.credentials["apikey"], "content-type": "application/json"}
    return handle_call(one.worlds, one.vendor, Call(method, path, query, headers, raw, one.origin), NAME)


@cache
def _world() -> Limited:
    return Limited("voyado", limits=False)


def _example(path: str, method: str) -> Any:
    node = DOCUMENT["paths"][path][method]["requestBody"]
    node = DOCUMENT["components"]["requestBodies"][node["$ref"].rpartition("/")[2]]
    media = node["content"]["application/json"]
    return media["example"] if "example" in media else next(iter(media["examples"].values()))["value"]


def _spots(value: Any, path: tuple[Any, ...] = ()) -> Any:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in below:
        yield (*path, name)
        yield from _spots(one, (*path, name))


def _replace(example: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(example))
    container = copy
    for name in path[:-1]:
        container = container[name]
    if value == "" and isinstance(container, dict):
        del container[path[-1]]
    else:
        container[path[-1]] = value
    return copy
