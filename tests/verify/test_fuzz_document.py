"""The document for a fuzzer accepts in bodies what the vendor tolerates, and nothing more in replies."""

from copy import deepcopy
from typing import Any

from mockserver.contract.coercion import CoercionSpec
from mockserver.contract.document import Document
from mockserver.contract.schema import Schema
from mockserver.verify.fuzz_document import loosen_bodies

ROOT: dict[str, Any] = {
    "x-coerce": {"numbers-as-text": True, "null-as-absent": True},
    "paths": {
        "/things": {
            "post": {
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
                },
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "count": {"type": "integer"},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                },
            }
        }
    },
}
BODIES = [
    {"id": "a"},
    {"id": 7},
    {"id": True},
    {"id": None},
    {},
    {"id": "a", "count": None},
    {"id": "a", "count": "7"},
    {"id": "a", "parts": [{"id": 7, "parts": None}]},
    {"id": "a", "parts": [{"count": 7}]},
]


def schemas_of(root: dict[str, Any]) -> tuple[Schema, Schema]:
    operation, components = root["paths"]["/things"]["post"], root["components"]["schemas"]
    reply = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return Schema(operation["requestBody"]["content"]["application/json"]["schema"], components), Schema(
        reply, components
    )


def test_a_body_is_accepted_if_it_is_after_coercion() -> None:
    body, reply = schemas_of(loosen_bodies(Document(ROOT, "x")))
    coercion = CoercionSpec.read(ROOT["x-coerce"])
    for value in BODIES:
        coerced = coercion.apply(value, reply.place)
        assert body.is_valid(value) == reply.is_valid(coerced), value
    assert [reply.is_valid(value) for value in BODIES] == [True, *[False] * 8]


def test_a_contract_without_leniency_is_unchanged() -> None:
    strict = {name: value for name, value in deepcopy(ROOT).items() if name != "x-coerce"}
    assert loosen_bodies(Document(strict, "x")) is strict
