"""Ortto: no reply has the grammar of a validation library or of Python, whatever the caller sends."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.call import Call, WireReply
from mockserver.pipeline.handler import handle_call
from tests.examples import few_or_many, one_in
from tests.read_vendors import read_vendor
from tests.vendors.banned_phrases import find_banned
from tests.vendors.limited import NAME, Limited

OPERATIONS = sorted(read_vendor("ortto").contract.operations.values(), key=lambda one: one.id)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def members_of(schema: Any, components: Any, depth: int = 0) -> list[str]:
    """The names of the members that a schema describes, at all depths."""
    if not isinstance(schema, dict) or depth > 4:
        return []
    if "$ref" in schema:
        return members_of(components[schema["$ref"].rpartition("/")[2]], components, depth + 1)
    names = []
    for name, member in schema.get("properties", {}).items():
        names += [name, *members_of(member, components, depth + 1)]
    for one in [*schema.get("anyOf", ()), *schema.get("allOf", ()), schema.get("items"), schema.get("then")]:
        names += members_of(one, components, depth + 1)
    return names


@pytest.fixture(scope="module")
def ortto() -> Any:
    one = Limited("ortto", limits=False)
    yield one
    one.worlds.store.close()


def send(ortto: Limited, operation: Any, raw: str) -> WireReply:
    headers = {"content-type": "application/json", "x-api-key": ortto.credentials["api_key"]}
    call = Call(operation.method, operation.path, "", headers, raw.encode(), ortto.origin, "192.0.2.1")
    return handle_call(ortto.worlds, ortto.vendor, call, NAME)


@few_or_many(8, 100)
@pytest.mark.parametrize("operation", one_in(3, OPERATIONS), ids=lambda one: one.id)
def test_wrong_bodies_are_refused_in_the_vendors_voice(ortto: Limited, operation: Any, examples: int) -> None:
    schema = operation.body.json_schema
    names = sorted({*members_of(schema.schema, schema.components), "$and", "$str::is", "field_id", "value"})
    named = st.recursive(
        values,
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(names), inner, max_size=4)
        ),
        max_leaves=10,
    )
    bodies = st.dictionaries(st.sampled_from(names), named, max_size=5) | values
    rejected: list[str] = []

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(bodies, st.integers(0, 400))
    def refused(body: Any, cut: int) -> None:
        text = json.dumps(body)
        for raw in (text, text[:cut], f"{text}{text[:1]}"):
            reply = send(ortto, operation, raw)
            if reply.status in (400, 409):
                said = json.loads(reply.body)
                texts = [said["error"], *(one["error"] for one in said.get("details", ()))]
                rejected.extend(texts)
                assert [found for one in texts for found in find_banned(_without_quotes(one, text))] == []
            else:
                assert reply.status == 200, reply.body

    refused()
    assert rejected


def _without_quotes(said: str, sent: str) -> str:
    """The text without what it quotes of the call."""
    words = sorted({*_strings(json.loads(sent))}, key=len, reverse=True)
    for word in words:
        said = said.replace(word, "") if len(word) > 1 else said
    return said


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(text for one in value.values() for text in _strings(one))]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return [value] if isinstance(value, str) else []
