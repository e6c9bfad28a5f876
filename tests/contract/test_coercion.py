"""Coercion: numbers as text, and null members as absent ones."""

from typing import Any

import pytest

from mockserver.contract.coercion import CoercionSpec, Place

SCHEMA = {"$ref": "#/components/schemas/Thing"}
COMPONENTS: dict[str, Any] = {
    "Thing": {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "string"},
            "count": {"type": "integer"},
            "either": {"type": ["string", "number"]},
            "note": {"type": ["string", "null"]},
            "color": {"enum": ["red", None]},
            "ids": {"type": "array", "items": {"type": "string"}},
            "inner": {"$ref": "#/components/schemas/Thing"},
            "free": {"type": "object", "additionalProperties": True},
        },
    }
}
PLACE = Place([SCHEMA], COMPONENTS)
BOTH = CoercionSpec.read({"numbers-as-text": True, "null-as-absent": True})


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"id": 7}, {"id": "7"}),
        ({"id": 1.5, "ids": [1, "2", True]}, {"id": "1.5", "ids": ["1", "2", True]}),
        ({"id": True}, {"id": True}),
        ({"count": 7, "either": 7}, {"count": 7, "either": 7}),
        ({"inner": {"id": 7, "count": None}}, {"inner": {"id": "7"}}),
        ({"count": None, "note": None, "color": None}, {"note": None, "color": None}),
        ({"id": None}, {"id": None}),
        ({"free": {"a": None, "b": 1}, "unknown": None}, {"free": {"a": None, "b": 1}, "unknown": None}),
        ([1], [1]),
        (None, None),
    ],
)
def test_bodies_are_read_leniently(sent: Any, read: Any) -> None:
    assert BOTH.apply(sent, PLACE) == read


def test_each_leniency_is_chosen() -> None:
    sent = {"id": 7, "count": None}
    assert CoercionSpec(numbers_as_text=True).apply(sent, PLACE) == {"id": "7", "count": None}
    assert CoercionSpec(null_as_absent=True).apply(sent, PLACE) == {"id": 7}
    assert sent == {"id": 7, "count": None}
