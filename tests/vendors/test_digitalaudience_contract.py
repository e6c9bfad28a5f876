"""DigitalAudience: failures in the vendor's words, and a contract that other tools can use whole."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.contract.contract import Contract
from mockserver.contract.unknown_properties import collect_properties
from mockserver.paths import contracts
from tests.examples import few_or_many
from tests.vendors.banned_phrases import find_banned
from tests.vendors.limited import Limited

FILES: Final = [contracts() / "digitalaudience" / name for name in ("openapi.yaml", "backstage.yaml")]
CONTRACT: Final = Contract.read(FILES[0])
FIELDS: Final = sorted(
    {one.name for operation in CONTRACT.operations.values() for one in operation.parameters}
    | {
        name
        for operation in CONTRACT.operations.values()
        if operation.body and operation.body.json_schema
        for name in collect_properties(
            operation.body.json_schema.schema, operation.body.json_schema.components
        )
    }
)
MESSAGE: Final = re.compile(
    rf"({'|'.join(FIELDS)}) is (required|invalid)"
    r"|Request body is not valid JSON|endDate must be after startDate"
    r"|(Audience|Campaign|Account|Segment) -?[0-9]+ not found|Campaign [0-9]+ has audiences|No such route"
    r"|audienceId and id must be the same|Invalid user name or password|Unsupported media type"
)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", " ", "None", "2026-02-30", "9999-12-31T23:59:59-23:59", "x" * 300, "1", "-1", "0"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


@few_or_many(100, 1_000)
def test_no_failure_has_the_grammar_of_a_library(examples: int) -> None:
    one = Limited("digitalaudience")
    login = {name: one.credentials[name] for name in ("userName", "password")}
    cookie = one.answer("POST", "/account/login", login).headers["Set-Cookie"].partition(";")[0]
    operations = sorted(set(CONTRACT.operations) - {"logout", "put_file"})
    failed: set[str] = set()

    @given(st.data())
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def fails_in_the_vendors_words(data: st.DataObject) -> None:
        operation = CONTRACT.operations[data.draw(st.sampled_from(operations))]
        path, query = operation.path, []
        for parameter in operation.parameters:
            given_id = data.draw(st.sampled_from(["x", "1.5", "", "-1", "1", "99999999999", "%00", "null"]))
            if parameter.location == "path":
                path = path.replace(f"{{{parameter.name}}}", given_id or "y")
            else:
                query.append(f"{parameter.name}={given_id}")
        body: Any = None
        if operation.body and operation.body.json_schema:
            schema = operation.body.json_schema
            names = sorted(collect_properties(schema.schema, schema.components))
            wrong: st.SearchStrategy[Any] = st.dictionaries(st.sampled_from(names), values)
            text: st.SearchStrategy[Any] = st.sampled_from(
                [b"", b"[]", b"nul", b'{"name": 1,}', b"\xff", b'"' + b"[" * 300]
            )
            body = data.draw(st.one_of(wrong, wrong, wrong, text))
        reply = one.answer(operation.method, "?".join([path, "&".join(query)]), body, cookie=cookie)
        envelope = json.loads(reply.body)
        if not envelope["success"]:
            failed.add(operation.id)
            message = envelope["status"]["message"]
            assert MESSAGE.fullmatch(message), message
            assert find_banned(reply.body.decode()) == []

    fails_in_the_vendors_words()
    cannot_fail = {"list_audiences", "list_campaigns", "list_platform_accounts"}
    assert failed == {*operations} - cannot_fail


def nodes(node: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every object below a node of a document, with its place."""
    if isinstance(node, dict):
        yield where, node
        for name, below in node.items():
            if name not in ("example", "examples", "value", "const", "default"):
                yield from nodes(below, f"{where}/{name}")
    elif isinstance(node, list):
        for number, below in enumerate(node):
            yield from nodes(below, f"{where}/{number}")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_generators_can_use_every_schema(file: Any) -> None:
    """openapi-python-client drops every reply whose schema it cannot read, and openapi-typescript guesses."""
    found = dict(nodes(Contract.read(file).document.root))
    assert len(found) > 200
    flaws = []
    for where, node in found.items():
        if "enum" in node and len({type(value) for value in node["enum"]}) > 1:
            flaws.append(f"{where}: values of several types in one enum")
        types = node.get("type", ())
        if "array" in types and "items" not in node:
            flaws.append(f"{where}: an array without items")
        if "object" in types and not {"properties", "additionalProperties"} & {*node}:
            flaws.append(f"{where}: an object without members")
        if node.get("schema") is True or node.get("items") is True:
            flaws.append(f"{where}: true for a schema")
        if "if" in node:
            flaws.append(f"{where}: a condition, which Redocly CLI applies to every value")
        if any("description" in one for one in node.get("variables", {}).values()):
            flaws.append(f"{where}: a described variable, which swagger-parser rejects")
    assert flaws == []
    assert "<<:" not in file.read_text(encoding="utf-8")


def test_bodies_and_envelopes_have_names() -> None:
    """So generated code has the same names in every language."""
    places = ("/requestBody/content/application/json/schema", "/content/application/json/schema")
    schemas = {where: one for where, one in nodes(CONTRACT.document.root["paths"]) if where.endswith(places)}
    assert len(schemas) > 30
    assert [
        where
        for where, schema in schemas.items()
        if any("$ref" not in one for one in schema.get("oneOf", [schema]))
    ] == []
