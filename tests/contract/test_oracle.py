"""jsonschema-rs and jsonschema agree on every schema of every contract."""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import APPLICATORS, ASSERTIONS, walk
from mockserver.contract.lint.examples import example_values as examples_of
from mockserver.contract.schema import FORMATS, Schema
from mockserver.formats.json_pointer import format_pointer, json_equal
from mockserver.paths import contracts

_FILES = sorted(
    f"{path.parent.name}/{path.name}"
    for path in contracts().glob("*/*.yaml")
    if path.stem in ("openapi", "backstage")
)
_FAST, _THOROUGH = 36, 5000


@cache
def _contract(file: str) -> Contract:
    return Contract.read(contracts() / file)


@cache
def _schemas(file: str) -> dict[str, tuple[Schema, list[Any]]]:
    """Every schema of a body, reply, parameter or header by its first location, with its examples everywhere.

    Most replies repeat the schema of another: to ask the validators again would find nothing.
    """
    contract = _contract(file)
    found: dict[str, tuple[Schema, list[Any]]] = {}
    first: dict[str, str] = {}
    for place in walk(file, contract.document.root):
        if place.kind in ("media", "parameter", "header") and "schema" in place.value:
            schema = place.value["schema"]
            where = first.setdefault(
                json.dumps(schema, sort_keys=True, default=str), format_pointer(list(place.tokens))
            )
            _schema, examples = found.setdefault(where, (contract.schema(schema), []))
            for value, _below in examples_of(contract, place.value, place.tokens[-1]):
                if not any(json_equal(value, other) for other in examples):
                    examples.append(value)
    return found


def _agreed(file: str, where: str, value: Any) -> bool:
    schema, _examples = _schemas(file)[where]
    verdict, explanation = schema.is_valid(value), schema.explainer.is_valid(value)
    assert verdict == explanation, (file, where, value, list(schema.explainer.iter_errors(value)))
    assert bool(schema.violations(value)) is not verdict
    return verdict


# Arbitrary JSON: numbers as the parser returns them, strings similar to those that schemas require.
_TELLING = st.sampled_from(
    [
        "",
        " ",
        "\n",
        "0",
        "é",
        "😀",
        "SE\n",
        "2024-02-29",
        "2024-02-30",
        "2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00Z\n",
        "2eb8aa08-aa98-11ea-b4aa-73b441d16380",
        "a@example.com",
        "https://example.com/x",
        "٣",
        "\u00a0",
    ]
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.sampled_from([0, 1, -1, 0.0, 1.0, -0.0, 100, 101, 2**53 + 1]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    _TELLING,
)


@cache
def _json(file: str) -> st.SearchStrategy[Any]:
    """Arbitrary JSON, with mostly names of the contract as its members."""
    every = walk(file, _contract(file).document.root)
    names = {place.tokens[-1] for place in every if place.tokens[-2:-1] == ("properties",)}
    keys = st.sampled_from(sorted(names)) | st.text(max_size=5)
    return st.recursive(
        _SCALARS,
        lambda below: st.lists(below, max_size=4) | st.dictionaries(keys, below, max_size=6),
        max_leaves=10,
    )


def _ways(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield way
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _ways(below, (*way, key))


@st.composite
def _bent(draw: st.DrawFn, example: Any, anything: st.SearchStrategy[Any]) -> Any:
    """The example with one to three values removed, replaced, nested, duplicated, renamed or changed."""
    root = [deepcopy(example)]
    for _ in range(draw(st.integers(1, 3))):
        ways = list(_ways(root))[1:]
        if not ways:
            break
        way = draw(st.sampled_from(ways))
        holder: Any = root
        for key in way[:-1]:
            holder = holder[key]
        _bend(draw, holder, way[-1], anything)
    return root[0] if root else None


def _bend(draw: st.DrawFn, holder: Any, key: Any, anything: st.SearchStrategy[Any]) -> None:
    deed = draw(st.sampled_from(["replace", "touch", "nest", "drop", "double"]))
    old = holder[key]
    if deed == "replace":
        holder[key] = draw(anything)
    elif deed == "touch":
        holder[key] = draw(_touched(old))
    elif deed == "nest":
        holder[key] = [old] if draw(st.booleans()) else {"value": old}
    elif deed == "drop":
        del holder[key]
    elif isinstance(holder, list):
        holder.insert(key, deepcopy(old))
    else:
        holder[draw(st.text(max_size=6))] = holder.pop(key) if draw(st.booleans()) else deepcopy(old)


def _touched(old: Any) -> st.SearchStrategy[Any]:
    """Values close to the old one, where two implementations of a keyword would differ."""
    if isinstance(old, bool) or old is None:
        return st.sampled_from([0, 1, "true", "null", not old])
    if isinstance(old, int | float):
        return st.sampled_from([old + 1, old - 1, -old, float(old), old + 0.5, str(old), bool(old)])
    if isinstance(old, str):
        return st.sampled_from(
            [old + "\n", " " + old, old.upper(), old[:-1], old[1:], old * 2, old + "٣", [old]]
        )
    return st.sampled_from([[], {}, [old, old], {"": old}, None])


_NUMBER = {"type": "number"}
_A = {"properties": {"a": _NUMBER}}
# At least one schema for every keyword that lint supports.
_KEYWORDS: dict[str, list[Any]] = {
    "type": ["integer", "number", ["null", "boolean"], "string", "array", "object"],
    "enum": [[0, "SE", None], [False, [1], {"a": 1}], [1.0, 100]],
    "const": [0, 1.0, True, "", [0], {"a": 1}, 2**53],
    "multipleOf": [3, 0.1, 0.01, 1e-9, 2.5],
    "maximum": [100, 0.5, 2**63],
    "exclusiveMaximum": [100, 1.0],
    "minimum": [1, -0.5, -(2**63)],
    "exclusiveMinimum": [0, 0.0],
    "maxLength": [0, 1, 3],
    "minLength": [1, 2, 3],
    "pattern": ["^[A-Z]{2}$", r"^\d+$", r"^\s*$", r"\w", "^.$", r"^\S", r"[^\s]$"],
    "format": list(FORMATS),
    "maxItems": [0, 2],
    "minItems": [1, 3],
    "uniqueItems": [True, False],
    "contains": [_NUMBER],
    "minContains": [0, 2],
    "maxContains": [1],
    "maxProperties": [0, 2],
    "minProperties": [1, 3],
    "required": [["a"], ["a", "b"]],
    "dependentRequired": [{"a": ["b"]}],
    "dependentSchemas": [{"a": {"required": ["b"]}}],
    "properties": [{"a": _NUMBER, "b": False}],
    "patternProperties": [{"^a": _NUMBER}],
    "additionalProperties": [False, _NUMBER],
    "propertyNames": [{"maxLength": 1}],
    "unevaluatedProperties": [False],
    "items": [_NUMBER, False],
    "prefixItems": [[_NUMBER, {"type": "string"}]],
    "unevaluatedItems": [False],
    "allOf": [[_NUMBER, {"minimum": 1}]],
    "anyOf": [[_NUMBER, {"required": ["a"]}]],
    "oneOf": [[_NUMBER, {"type": "integer"}, {"type": "array"}]],
    "not": [_NUMBER],
    "if": [_NUMBER],
    "then": [{"minimum": 1}],
    "else": [{"type": "string"}],
    "$ref": ["#/components/schemas/A"],
}
_BESIDE: dict[str, dict[str, Any]] = {
    "minContains": {"contains": _NUMBER},
    "maxContains": {"contains": _NUMBER},
    "additionalProperties": _A,
    "unevaluatedProperties": {"anyOf": [_A, {"patternProperties": {"^b": True}}]},
    "unevaluatedItems": {"prefixItems": [_NUMBER]},
    "then": {"if": _NUMBER},
    "else": {"if": _NUMBER},
}
_SMALL = st.recursive(
    _SCALARS,
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "ab", "c"]), below)
    ),
    max_leaves=8,
)


def test_every_supported_keyword_is_tested() -> None:
    assert set(_KEYWORDS) == ASSERTIONS | APPLICATORS


def _agree_on_a_keyword(keyword: str, data: st.DataObject) -> None:
    value = data.draw(_SMALL)
    for wanted in _KEYWORDS[keyword]:
        schema = Schema(_BESIDE.get(keyword, {}) | {keyword: wanted}, {"A": _A})
        verdict, explanation = schema.is_valid(value), schema.explainer.is_valid(value)
        assert verdict == explanation, (keyword, wanted, value)


@pytest.mark.parametrize("file", _FILES)
def test_the_validators_agree_on_every_example(file: str) -> None:
    assert any(examples for _schema, examples in _schemas(file).values())
    for where, (_schema, examples) in _schemas(file).items():
        for example in examples:
            assert _agreed(file, where, example), (where, example)


def _agree_on_bent_examples(file: str, data: st.DataObject) -> None:
    where = data.draw(st.sampled_from([name for name, (_, examples) in _schemas(file).items() if examples]))
    example = data.draw(st.sampled_from(_schemas(file)[where][1]))
    _agreed(file, where, data.draw(_bent(example, _json(file))))


def _agree_on_anything(file: str, data: st.DataObject) -> None:
    value = data.draw(_json(file))
    for where in _schemas(file):
        _agreed(file, where, value)


_QUICK = settings(
    max_examples=_FAST, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
_BRIEF = settings(_QUICK, max_examples=_FAST // 3)  # there are many keywords, and many schemas for each value
_LONG = settings(max_examples=_THOROUGH, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("file", _FILES)
@_QUICK
@given(data=st.data())
def test_the_validators_agree_on_mutated_examples(file: str, data: st.DataObject) -> None:
    _agree_on_bent_examples(file, data)


@pytest.mark.parametrize("file", _FILES)
@_BRIEF
@given(data=st.data())
def test_the_validators_agree_on_arbitrary_json(file: str, data: st.DataObject) -> None:
    _agree_on_anything(file, data)


@pytest.mark.parametrize("keyword", _KEYWORDS)
@_BRIEF
@given(data=st.data())
def test_the_validators_agree_on_every_keyword(keyword: str, data: st.DataObject) -> None:
    _agree_on_a_keyword(keyword, data)


@pytest.mark.thorough
@pytest.mark.parametrize("file", _FILES)
@_LONG
@given(data=st.data())
def test_the_validators_agree_on_many_more_mutated_examples(file: str, data: st.DataObject) -> None:
    _agree_on_bent_examples(file, data)


@pytest.mark.thorough
@pytest.mark.parametrize("file", _FILES)
@_LONG
@given(data=st.data())
def test_the_validators_agree_on_much_more_arbitrary_json(file: str, data: st.DataObject) -> None:
    _agree_on_anything(file, data)


@pytest.mark.thorough
@pytest.mark.parametrize("keyword", _KEYWORDS)
@_LONG
@given(data=st.data())
def test_the_validators_agree_on_every_keyword_at_length(keyword: str, data: st.DataObject) -> None:
    _agree_on_a_keyword(keyword, data)
