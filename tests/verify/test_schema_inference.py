from typing import Any

import jsonschema
import pytest

from mockserver.verify import schema_inference


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        (["a", "b"], {"type": "string"}),
        ([1, None], {"type": ["integer", "null"]}),
        ([1, 1.5], {"type": "number"}),
        ([True, "a"], {"type": ["boolean", "string"]}),
        ([None], {}),
        ([], {}),
        ([[1], ["a"], []], {"type": "array", "items": {"type": ["integer", "string"]}}),
        (
            [{"a": 1}, {"a": None, "b": {}}],
            {"type": "object", "properties": {"a": {"type": ["integer", "null"]}, "b": {"type": "object"}}},
        ),
        (
            [{"2026-01-01": 1}, {"2026-01-02": "a"}],
            {"type": "object", "additionalProperties": {"type": ["integer", "string"]}},
        ),
    ],
)
def test_infer_schema(values: list[Any], schema: dict[str, Any]) -> None:
    assert schema_inference.infer_schema(values) == schema
    for value in [*values, schema_inference.make_example(schema)]:
        jsonschema.validate(value, schema)


def test_depth_is_limited() -> None:
    value: Any = "secret"
    for _depth in range(50):
        value = {"a": value}
    assert str(schema_inference.infer_schema([value])).count("properties") == 5


@pytest.mark.parametrize(
    "value",
    [
        "2f0c5a50-0d9b-4a53-9ad4-2a6d4d1c2d3e",
        "2026-11-22T02:00:00Z",
        "ada@example.com",
        "+46 70 123 45 67",
        "00a1b2c3d4",
        "aud_01HZX3W8J2Q6",
        "https://example.com/a",
        "Once upon a time there was",
        1795314360268,
        1.5,
    ],
)
def test_volatile_values(value: Any) -> None:
    assert schema_inference.is_volatile(value)


@pytest.mark.parametrize(
    "value", ["READY", "in progress", "created_by_email", "addressLine2", "v2", 7, True, None]
)
def test_constant_values(value: Any) -> None:
    assert not schema_inference.is_volatile(value)
