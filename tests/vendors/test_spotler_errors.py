"""Spotler: errors in the vendor's voice, whatever is wrong with a call."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.client import World
from tests.examples import few_or_many, one_in
from tests.read_vendors import read_vendor
from tests.vendors.banned_phrases import find_banned
from tests.vendors.limited import Limited
from tests.vendors.spotler import Spotler

CONTRACT = read_vendor("spotler").contract
MEMBERS = [
    "contact",
    "contacts",
    "properties",
    "externalId",
    "name",
    "description",
    "update",
    "purge",
    "channels",
    "email",
    "permissions",
    "bit",
    "enabled",
    "testGroup",
    "order",
    "product",
    "date",
    "value",
    "externalProductIds",
    "postUrl",
    "formParams",
    "prefilledValues",
    "specifications",
    "customProperties",
    "externalTemporaryListId",
    "outputMode",
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", " ", "x", "x" * 300, "2024-02-30", "a@example.com", "<&>", "é"]),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4),
    max_leaves=12,
)
RAW = st.sampled_from(
    [b"{", b"", b"nul", b"[1,", b'{"a":', b"\xff", b"<a>", b"<a/>", b"<!DOCTYPE a><a/>", b"<a><b>1</b></a>"]
)
TEXTS = st.sampled_from(
    ["", "x", "-1", "0", "1.5", "99999999999999999999", "2024-02-30", "true", "=", "a=b", "é", "%"]
)
MEDIA_TYPES = st.sampled_from(["application/json", "application/xml", "text/plain", ""])
ACCEPTS = st.sampled_from(["application/json", "application/xml", "", "text/csv"])


def as_xml(value: Any, name: str = "body") -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(as_xml(one, key) for key, one in value.items())}</{name}>"
    if isinstance(value, list):
        return "".join(as_xml(one, name) for one in value)
    text = "" if value is None else str(value)
    return f"<{name}>{text.replace('&', '&amp;').replace('<', '&lt;')}</{name}>"


@pytest.fixture(scope="module")
def lenient() -> Iterator[Limited]:
    """A world whose calls need no signature, for all operations."""
    one = Limited("spotler", limits=False, switches={"spotler": {"auth": "lenient"}})
    yield one
    one.worlds.store.close()


@few_or_many(5, 100)
@pytest.mark.parametrize("id", one_in(3, CONTRACT.operations))
def test_no_reply_has_the_grammar_of_a_validator(lenient: Limited, id: str, examples: int) -> None:
    one, operation = lenient, CONTRACT.operations[id]
    key = f'OAuth oauth_consumer_key="{one.credentials["consumer_key"]}"'
    names = sorted(operation.query_names - operation.credential_parameters)
    rejected: list[int] = []

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def throw(data: st.DataObject) -> None:
        media_type, accept = data.draw(MEDIA_TYPES), data.draw(ACCEPTS)
        body = data.draw(VALUES)
        raw = as_xml(body).encode() if media_type.endswith("xml") else json.dumps(body).encode()
        raw = data.draw(st.just(raw) | RAW)
        query = (
            "&".join(
                f"{name}={quote(data.draw(TEXTS))}" for name in data.draw(st.sets(st.sampled_from(names)))
            )
            if names
            else ""
        )
        path = operation.path
        for parameter in operation.parameters:
            if parameter.location == "path":
                path = path.replace(f"{{{parameter.name}}}", data.draw(st.sampled_from(["x", "1", "é"])))
        headers = {"authorization": key, "accept": accept, "content-type": media_type}
        sent = {name: text for name, text in headers.items() if text}
        reply = one.answer(operation.method, f"{path}?{query}", raw, **sent)
        assert reply.status < 500, reply.body
        if reply.status >= 400:
            rejected.append(reply.status)
            assert find_banned(reply.body.decode()) == []

    throw()
    assert rejected


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("POST", "/audience", None, "The request body may not be empty"),
        ("POST", "/audience", "null", "The request body may not be null"),
        ("POST", "/audience", "{", "The request body is not well-formed JSON"),
        ("POST", "/audience", "[]", "Can not deserialize request body out of Array value"),
        (
            "POST",
            "/contact",
            '{"contact": {"externalId": ["x"]}}',
            "Can not deserialize contact.externalId out of Array value",
        ),
        ("POST", "/contact", "{}", "contact may not be null"),
        ("POST", "/contact", '{"contact": {}}', "contact.externalId may not be null"),
        (
            "POST",
            "/contact",
            '{"contact": {"externalId": ""}}',
            "contact.externalId size must be between 1 and 255",
        ),
        (
            "POST",
            "/contact",
            '{"contact": {"externalId": "x"}, "update": "yes"}',
            "Can not deserialize update out of String value",
        ),
        ("POST", "/templist/x", '{"contacts": [{}]}', "Can not deserialize contacts[0] out of Object value"),
        (
            "GET",
            "/contact/search?pageSize=1&MPSearchQuery=email",
            None,
            "Invalid value for parameter MPSearchQuery",
        ),
        ("GET", "/contact/search?pageSize=1", None, "Missing parameter MPSearchQuery"),
        ("GET", "/contact/search?pageSize=x&MPSearchQuery=a=b", None, "Invalid value for parameter pageSize"),
        (
            "GET",
            "/contact/search?pageSize=0&MPSearchQuery=a=b",
            None,
            "pageSize must be greater than or equal to 1",
        ),
        (
            "GET",
            "/contact/search?pageSize=10001&MPSearchQuery=a=b",
            None,
            "pageSize must be less than or equal to 10000",
        ),
    ],
)
def test_the_sentences_of_invalid_calls(
    mockserver: World, method: str, path: str, body: str | None, message: str
) -> None:
    spotler = Spotler(mockserver)
    reply = spotler.send(method, path, data=body, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()) == (400, {"errorType": "INVALID_PARAMS", "message": message})


def test_the_journal_keeps_the_precise_violation(mockserver: World) -> None:
    spotler = Spotler(mockserver)
    spotler.fail(400, "POST", "/contact", {"contact": {"externalId": ["x"]}})
    (violation,) = mockserver.journal(vendor="spotler")[-1]["violations"]
    assert violation["message"] == "['x'] is not of type 'string'"
    assert violation["pointer"] == "/contact/externalId"
