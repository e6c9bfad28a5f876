from typing import Any

import orjson
import pytest

from mockserver.contract.error_messages import python_pattern
from mockserver.contract.schema import FORMATS, Schema, SchemaViolation


def _schema(schema: Any, **components: Any) -> Schema:
    return Schema(schema, components)


def test_a_valid_value_has_no_violations() -> None:
    schema = _schema({"type": "integer", "minimum": 1})
    assert schema.is_valid(1)
    assert schema.violations(1) == []


def test_violations_have_pointer_keyword_message_and_value() -> None:
    schema = _schema({"properties": {"a/b": {"items": {"type": "string"}}}, "required": ["id"]})
    assert not schema.is_valid({"a/b": ["x", 1]})
    assert schema.violations({"a/b": ["x", 1]}) == [
        SchemaViolation("", "required", "'id' is a required property", {"a/b": ["x", 1]}),
        SchemaViolation("/a~1b/1", "type", "1 is not of type 'string'", 1),
    ]


def test_violations_are_sorted() -> None:
    schema = _schema({"additionalProperties": {"type": "string"}})
    assert schema.violations({"b": 1, "a": 2}) == schema.violations({"a": 2, "b": 1})


def test_references_resolve_into_components() -> None:
    schema = _schema({"$ref": "#/components/schemas/Name"}, Name={"type": "string"})
    assert schema.is_valid("x")
    assert schema.violations(1)[0].keyword == "type"


@pytest.mark.parametrize(("schema", "fits"), [(True, True), (False, False)])
def test_a_schema_may_be_a_boolean(schema: bool, fits: bool) -> None:
    assert _schema(schema).is_valid(1) is fits
    assert bool(_schema(schema).violations(1)) is not fits


@pytest.mark.parametrize(
    ("pattern", "fits", "not_"),
    [
        ("^[A-Z]{2}$", ["DE"], ["DE\n", "de"]),
        (r"^\d$", ["7"], ["٣", "7\n"]),
        (r"^[\d]$", ["7"], ["٣"]),
        (r"^\w$", ["w", "_"], ["é"]),
        (r"^\W$", ["é"], ["w"]),
        (r"^\s$", [" ", "\u00a0", "\u2028", "\ufeff"], ["x", "\u0085", "\x1c"]),
        (r"^[\s]$", ["\u00a0"], ["\u0085"]),
        (r"^\S$", ["x", "\u0085"], ["\u00a0"]),
        (r"\$$", ["a$"], ["a", "$a", "$\n"]),
        (r"\\$", ["a\\"], ["a\\\n"]),
        ("^[$]$", ["$"], ["$\n", ""]),
        (r"^[\]$]$", ["]", "$"], ["\\"]),
        ("a", ["bab"], ["b"]),
        ("^é.$", ["é😀"], ["é"]),
    ],
)
def test_both_validators_read_a_pattern_alike(pattern: str, fits: list[str], not_: list[str]) -> None:
    schema = _schema({"pattern": pattern})
    assert fits or not_
    for text in fits:
        assert schema.is_valid(text), text
        assert schema.explainer.is_valid(text), text
    for text in not_:
        assert not schema.is_valid(text), text
        assert not schema.explainer.is_valid(text), text


def test_messages_quote_the_original_pattern() -> None:
    assert python_pattern(r"^\d+$") == r"(?a:^\d+\Z)"
    assert _schema({"pattern": "^a$"}).violations("b")[0].message == "'b' does not match '^a$'"


@pytest.mark.parametrize(
    ("step", "fits", "not_"),
    [(0.1, [0.3, 1, 1e22], [0.25]), (0.01, [19.99, 1e308], [0.001, 1e-300]), (3, [9, 9.0, -3, 0], [10, 9.5])],
)
def test_multiples_are_computed_in_decimal(step: float, fits: list[float], not_: list[float]) -> None:
    schema = _schema({"multipleOf": step})
    assert fits or not_
    for number in fits:
        assert schema.is_valid(number), number
        assert schema.explainer.is_valid(number), number
    for number in not_:
        assert not schema.is_valid(number), number
        assert not schema.explainer.is_valid(number), number


def test_true_is_not_a_number() -> None:
    assert _schema({"multipleOf": 2}).explainer.is_valid(True)
    assert not _schema({"type": "integer"}).is_valid(True)


# Plain cases of RFC 3339, 9562 (formerly 4122), 5321 and 3986.
_FORMATS = {
    "date": (["2024-02-29", "0001-01-01"], ["2023-02-29", "2024-13-01", "2024-1-1", "24-01-01", "20240101"]),
    "date-time": (
        [
            "1985-04-12T23:20:50.52Z",
            "1996-12-19T16:39:57-08:00",
            "1990-12-31T23:59:60Z",
            "2024-01-01t00:00:00z",
            "2024-01-01T00:00:00.123456789+00:00",
        ],
        [
            "2024-01-01",
            "2024-01-01T00:00:00",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T00:00Z",
            "2024-02-30T00:00:00Z",
            "2024-01-01T00:00:00+0100",
            "2024-01-01T00:00:00Z\n",
            "",
        ],
    ),
    "uuid": (
        ["2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380"],
        [
            "2eb8aa08aa9811eab4aa73b441d16380",
            "{2eb8aa08-aa98-11ea-b4aa-73b441d16380}",
            "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
            "2eb8aa08-aa98-11ea-b4aa-73b441d1638g",
            "2eb8aa08-aa98-11ea-b4aa73b441d16380-",
            "",
        ],
    ),
    "email": (
        ["joe.bloggs@example.com", "te~st+x@example.com", "a@b.example"],
        [
            "2962",
            "joe@",
            "@example.com",
            "joe bloggs@example.com",
            ".test@example.com",
            "te..st@example.com",
            "",
        ],
    ),
    "uri": (
        [
            "http://foo.bar/?baz=qux#quux",
            "urn:isbn:0451450523",
            "mailto:joe@example.com",
            "https://[::1]:80/",
        ],
        ["//foo.bar/?baz=qux", "/abc", "abc", "http:// space", "http://example.com/ä", "http://x/%zz", ""],
    ),
}


def test_the_formats_are_those_of_the_table() -> None:
    assert set(_FORMATS) == set(FORMATS)


@pytest.mark.parametrize(
    ("name", "text", "fits"),
    [
        (name, text, fits)
        for name, (good, bad) in _FORMATS.items()
        for texts, fits in ((good, True), (bad, False))
        for text in texts
    ],
)
def test_formats_are_asserted_by_both_validators(name: str, text: str, fits: bool) -> None:
    schema = _schema({"format": name})
    assert schema.is_valid(text) is fits
    assert schema.explainer.is_valid(text) is fits


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_does_not_apply_to_other_types(name: str) -> None:
    assert _schema({"format": name}).is_valid(1)


def test_a_long_message_is_truncated() -> None:
    (flaw,) = _schema({"type": "integer"}).violations("x" * 5000)
    assert len(flaw.message) == 302
    assert flaw.message.endswith("x …")
    assert flaw.value == "x" * 5000


@pytest.mark.parametrize("depth", [100, 450])
def test_deeply_nested_values_have_a_message(depth: int) -> None:
    schema = _schema(
        {"$ref": "#/components/schemas/Filter"},
        Filter={
            "type": "object",
            "anyOf": [{"required": ["all"]}, {"required": ["is"]}],
            "properties": {"all": {"type": "array", "items": {"$ref": "#/components/schemas/Filter"}}},
        },
    )
    value: Any = {}
    for _ in range(depth):
        value = {"all": [value]}
    assert not schema.is_valid(value)
    assert len(schema.violations(value)) == 1


def test_a_violation_without_explanation_has_a_message() -> None:
    schema = _schema({"const": 1})
    schema.__dict__["explainer"] = _schema(True).explainer
    (flaw,) = schema.violations(2)
    assert (flaw.pointer, flaw.keyword, flaw.value) == ("", "const", 2)


SHAPES = Schema(
    {
        "oneOf": [
            {
                "type": "object",
                "required": ["kind", "radius"],
                "properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}},
            },
            {
                "type": "object",
                "required": ["kind"],
                "properties": {"kind": {"const": "square"}, "side": {"minimum": 1}},
            },
        ]
    },
    {},
)


@pytest.mark.parametrize(
    ("value", "flaw"),
    [
        ({"kind": "circle"}, ("", "required", "'radius' is a required property")),
        ({"kind": "square", "side": 0}, ("/side", "minimum", "0 is less than the minimum of 1")),
        ({"kind": "cube"}, ("/kind", "enum", "'cube' is not one of ['circle', 'square']")),
        ({}, ("", "required", "'kind' is a required property")),
        ("circle", ("", "type", "'circle' is not of type 'object'")),
    ],
)
def test_a_const_member_selects_the_branch_that_explains(value: object, flaw: tuple[str, str, str]) -> None:
    assert [(one.pointer, one.keyword, one.message) for one in SHAPES.violations(value)] == [flaw]


def test_branches_without_a_const_member_give_one_violation() -> None:
    schema = Schema({"oneOf": [{"type": "string"}, {"type": "integer"}]}, {})
    assert [one.keyword for one in schema.violations(1.5)] == ["oneOf"]
    assert [one.keyword for one in Schema({"oneOf": [True, True]}, {}).violations(1)] == ["oneOf"]


LONG = "x" * 5_000


def _counted(schema: Schema, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The values that are validated from here on."""
    asked: list[Any] = []
    verdict = schema._is_valid

    def counting(value: Any) -> bool:
        asked.append(value)
        return verdict(value)

    monkeypatch.setitem(schema.__dict__, "_is_valid", counting)
    return asked


def test_a_long_valid_value_is_validated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = _schema({"type": "string"})
    asked = _counted(schema, monkeypatch)
    for _ in range(3):
        assert schema.is_valid(LONG, orjson.dumps(LONG))
    assert asked == [LONG]
    assert schema.is_valid(LONG + "y", orjson.dumps(LONG + "y"))
    assert len(asked) == 2, "another value is"


def test_an_invalid_value_is_validated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = _schema({"type": "integer"})
    asked = _counted(schema, monkeypatch)
    assert [schema.is_valid(LONG, orjson.dumps(LONG)) for _ in range(3)] == [False] * 3
    assert len(asked) == 3


def test_another_schema_validates_again() -> None:
    assert _schema({"type": "string"}).is_valid(LONG, orjson.dumps(LONG))
    assert not _schema({"type": "string", "maxLength": 10}).is_valid(LONG, orjson.dumps(LONG))


def test_the_number_of_remembered_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = _schema({"type": "string"})
    for number in range(200):
        assert schema.is_valid(LONG, orjson.dumps(f"{number}{LONG}"))
        assert len(schema._known_valid) <= 64
    for other in ("", "x" * 100_000):  # quickly looked at, and too large to keep
        assert schema.is_valid(other, orjson.dumps(other))
        assert orjson.dumps(other) not in schema._known_valid


def test_a_schema_is_compiled_with_the_components_that_it_needs() -> None:
    components = {
        "Unused": {"type": "string"},
        "Far": {"type": "integer"},
        "Near": {"properties": {"far": {"$ref": "#/components/schemas/Far"}}},
        "Loop/1": {"items": {"$ref": "#/components/schemas/Loop~11"}},
    }
    for schema, needed in {
        "Near": ["Far", "Near"],
        "Loop~11": ["Loop/1"],
        "Near/properties/far": ["Far", "Near"],
        "Nobody": [*components],
    }.items():
        own = Schema({"anyOf": [{"$ref": f"#/components/schemas/{schema}"}]}, components)
        assert list(own.standalone["components"]["schemas"]) == needed
    assert Schema({"type": "string"}, components).standalone["components"] == {"schemas": {}}
    near = Schema({"$ref": "#/components/schemas/Near"}, components)
    assert near.is_valid({"far": 1})
    assert not near.is_valid({"far": "1"})
