"""The worst inputs of less than 100 kB for each operation: long lists and texts, many names, deep nesting."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from mockserver.contract.operation import Operation
from mockserver.contract.schema import Schema
from tests.hostile.caller import query_of
from tests.hostile.values import Sampler

SIZE: Final = 90_000
LONG_TEXTS: Final = ("a@" + "a." * (SIZE // 2) + "@", "9" * SIZE)


class HostileInput(NamedTuple):
    """One input of an operation, and what is hostile about it; its body is made when it is read."""

    name: str
    path: str
    query: str = ""
    make_body: Callable[[], bytes] = bytes

    @property
    def body(self) -> bytes:
        """The body of the call."""
        return self.make_body()

    @property
    def kind(self) -> str:
        """What is hostile, without its place."""
        return self.name.partition(" at ")[0]


def inputs(operation: Operation) -> Iterator[HostileInput]:
    """The hostile inputs of an operation."""
    path, query, _body = Sampler(1).call(operation)
    plain = query_of(query)
    yield HostileInput("unknown parameters", path, "&".join(f"naem{n}=1" for n in range(4_000)))
    yield HostileInput("a parameter repeated", path, f"{plain}&" + "limit=1&include=a&" * 2_000)
    for parameter in operation.parameters:
        if parameter.location == "query":
            for number, text in enumerate(LONG_TEXTS):
                name = f"long parameter {number} at {parameter.name}"
                yield HostileInput(name, path, query_of({**query, parameter.name: text[:40_000]}))
            commas = query_of({**query, parameter.name: "a,b," * 10_000})
            yield HostileInput(f"parameter of many items at {parameter.name}", path, commas)
    if "{" in operation.path:
        long = operation.path
        for name in operation.path.split("{")[1:]:
            long = long.replace("{" + name.partition("}")[0] + "}", "x" * 20_000)
        yield HostileInput("long path", long, plain)
    schema = operation.body.json_schema if operation.body else None
    if schema is not None:
        yield from (HostileInput(name, path, plain, body) for name, body in bodies(schema))


def bodies(schema: Schema) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Hostile bodies for a schema: what each is, and a function that makes it."""
    yield "a list of numbers", lambda: b"[" + b"0," * (SIZE // 2) + b"0]"
    yield "a list of objects", lambda: b"[" + b'{"a":1},' * (SIZE // 9) + b"{}]"
    yield "unknown names", lambda: _encode({f"naem{number}": 0 for number in range(SIZE // 16)})
    yield "deep lists", lambda: b"[" * 199 + b"]" * 199
    yield "very deep lists", lambda: b"[" * (SIZE // 2) + b"]" * (SIZE // 2)
    valid = Sampler(3, wrong=0).value(schema)
    for where, part, rule in parts(valid, schema.schema, schema.components, ()):
        for name, make in replacements(part, rule, schema.components):
            place = "/".join(map(str, where))
            yield f"{name} at {place}", partial(_encode_with, valid, where, make)


def replacements(
    part: Any, rule: Mapping[str, Any], components: Mapping[str, Any]
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What takes the place of one part of a valid body."""
    for number, text in enumerate(LONG_TEXTS):
        if isinstance(part, str):
            yield f"long text {number}", partial(str, text)
    yield "deep value", lambda: _nested(190)
    yield "wrong list", lambda: [0] * (SIZE // 3)
    yield "list of objects", lambda: [{"a": 1}] * (SIZE // 9)
    if isinstance(part, list):
        for seed in range(2):
            yield f"long list {seed}", partial(_long_list, seed, rule, components)
    if isinstance(part, dict):
        yield "many members", lambda: {**part, **{f"name{number}": number for number in range(SIZE // 20)}}


def _long_list(seed: int, rule: Mapping[str, Any], components: Mapping[str, Any]) -> list[Any]:
    sampler = Sampler(seed, wrong=0)
    items: list[Any] = []
    length = 0
    while length < SIZE and len(items) < 5_000:
        items.append(sampler.rule(rule.get("items"), components))
        length += len(json.dumps(items[-1]))
    return items


def parts(
    value: Any, rule: Any, components: Mapping[str, Any], where: tuple[Any, ...]
) -> Iterator[tuple[tuple[Any, ...], Any, Mapping[str, Any]]]:
    """The parts of a value to three levels, each with its place and its schema."""
    while isinstance(rule, Mapping) and "$ref" in rule:
        rule = components.get(str(rule["$ref"]).rpartition("/")[2])
    rule = rule if isinstance(rule, Mapping) else {}
    if where:
        yield where, value, rule
    if len(where) == 3:
        return
    if isinstance(value, dict):
        for name, one in value.items():
            yield from parts(one, rule.get("properties", {}).get(name), components, (*where, name))
    elif isinstance(value, list) and value:
        yield from parts(value[0], rule.get("items"), components, (*where, 0))


def _encode_with(value: Any, where: tuple[Any, ...], make: Callable[[], Any]) -> bytes:
    return _encode(_replaced(value, where, make()))


def _replaced(value: Any, where: tuple[Any, ...], part: Any) -> Any:
    if not where:
        return part
    copy = value.copy()
    copy[where[0]] = _replaced(value[where[0]], where[1:], part)
    return copy


def _nested(depth: int) -> Any:
    value: Any = 1
    for number in range(depth):
        value = {"$and": [value]} if number % 2 else [value]
    return value


def _encode(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
