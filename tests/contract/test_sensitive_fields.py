"""A contract declares the names of secret fields."""

from typing import Any

import pytest

from mockserver.contract.document import Document
from mockserver.contract.sensitive_fields import SensitiveFields, is_secret, read_sensitive_fields

ALWAYS = {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"}


def secrets(**root: Any) -> SensitiveFields:
    return read_sensitive_fields(Document(root, "x"))


def parameter(place: str, name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "schema": {"type": "string", **schema}}


def test_a_contract_without_secrets() -> None:
    assert secrets() == SensitiveFields(frozenset(ALWAYS))


def test_security_schemes() -> None:
    schemes = {
        "Header": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "Query": {"type": "apiKey", "in": "query", "name": "apiKey"},
        "Cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
        "Bearer": {"type": "http", "scheme": "bearer"},
    }
    found = secrets(components={"securitySchemes": schemes})
    assert found == SensitiveFields(frozenset({*ALWAYS, "x-key"}), frozenset({"apikey"}))


def test_oauth_parameters_in_the_query_are_secret() -> None:
    schemes = {
        "OAuth": {"$ref": "#/components/securitySchemes/Real"},
        "Real": {"type": "http", "scheme": "oauth"},
    }
    assert secrets(components={"securitySchemes": schemes}).prefixes == ("oauth_",)


def test_secret_parameters_and_properties_are_found_at_any_depth() -> None:
    found = secrets(
        paths={
            "/a": {
                "parameters": [
                    parameter("header", "X-Pin", format="password"),
                    parameter("header", "X-Plain"),
                ],
                "post": {
                    "parameters": [parameter("query", "Signature", format="password")],
                    "requestBody": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "properties": {"passWord": {"$ref": "#/components/schemas/Password"}}
                                },
                                "example": {"properties": {"no": {"format": "password"}}},
                            }
                        }
                    },
                },
            }
        },
        components={
            "schemas": {
                "Password": {"type": "string", "format": "password"},
                "Person": {
                    "properties": {
                        "name": {"type": "string"},
                        "keys": {"type": "array", "items": {"properties": {"secret": {"writeOnly": True}}}},
                        "hint": {"anyOf": [{"type": "null"}, {"format": "password"}]},
                    }
                },
            }
        },
    )
    assert found == SensitiveFields(
        frozenset({*ALWAYS, "x-pin"}), frozenset({"signature"}), frozenset({"password", "secret", "hint"})
    )


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"format": "password"}, True),
        ({"writeOnly": True}, True),
        ({"writeOnly": False}, False),
        ({"allOf": [{"format": "password"}]}, True),
        ({"format": "uuid"}, False),
        (True, False),
        (None, False),
    ],
)
def test_is_secret(schema: Any, told: bool) -> None:
    assert is_secret(Document({}, "x"), schema) is told
