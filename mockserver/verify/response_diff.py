"""Compares two responses to the same request by shape and by enumerated values.

Other values are data that differs between servers, so only their types are compared. Values of an enumeration
and values that echo the request are compared, except in lists.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mockserver.call import NOTHING
from mockserver.contract.contract import UnroutedSpec
from mockserver.contract.operation import Operation
from mockserver.contract.unknown_properties import collect_rules
from mockserver.contract.validation import find_reply_spec
from mockserver.formats.json_pointer import format_pointer
from mockserver.verify.http_client import Response
from mockserver.verify.reply_validation import matched_problem

_NULL: Final = "null"
_ECHOED: Final = object()
_NOT_COMPARED: Final = object()
_MAX_DEPTH: Final = 32


class ResponseDifference(NamedTuple):
    """One difference between two responses: the check, the JSON pointer, the message."""

    check: str
    pointer: str
    message: str


@dataclass
class _Shape:
    """Types and value at one pointer of a response; all items of a list share a pointer."""

    kinds: set[str] = field(default_factory=set)
    count: int = 0
    value: Any = _NOT_COMPARED
    nullable: bool = False


def diff_responses(
    operation: Operation | UnroutedSpec, request_bodies: tuple[Any, Any], one: Response, other: Response
) -> list[ResponseDifference]:
    """All differences between two responses; `request_bodies` are the JSON bodies of the requests."""
    if one.status != other.status:
        return [ResponseDifference("status", "", f"{one.status} / {other.status}")]
    if one.media_type != other.media_type:
        return [
            ResponseDifference(
                "content type", "", f"{one.media_type or 'none'} / {other.media_type or 'none'}"
            )
        ]
    found = list(_headers(operation, one, other))
    problems = [matched_problem(operation, response) or "undeclared" for response in (one, other)]
    if one.status >= 400 and problems[0] != problems[1]:
        found.append(ResponseDifference("problem", "", " / ".join(problems)))
    spec = find_reply_spec(operation.replies, one.status)
    schema = spec.schema if spec else None
    rules = collect_rules([schema.schema], schema.components) if schema else ()
    known = schema.components if schema else {}
    pairs = zip((one, other), request_bodies, strict=True)
    shapes = [_shapes(response.body, rules, known, body) for response, body in pairs]
    return found + list(_diff_shapes(shapes[0], shapes[1]))


def _headers(
    operation: Operation | UnroutedSpec, one: Response, other: Response
) -> Iterator[ResponseDifference]:
    spec = find_reply_spec(operation.replies, one.status)
    for name in spec.headers if spec else ():
        if (name in one.headers) != (name in other.headers):
            yield ResponseDifference("headers", f"/{name}", _presence(name in one.headers))


def _presence(first: bool) -> str:
    return f"missing in {'b' if first else 'a'}"


def _diff_shapes(one: Mapping[str, _Shape], other: Mapping[str, _Shape]) -> Iterator[ResponseDifference]:
    for where in sorted({*one, *other}):
        first, second = one.get(where), other.get(where)
        if first and second:
            yield from _kinds_and_values(where, first, second)
            continue
        if not where:
            yield ResponseDifference("shape", "", _presence(first is not None))
            return
        above = where.rpartition("/")[0]
        has, lacks = (one, other) if first else (other, one)
        parent = lacks.get(above)
        always = has[where].count >= has[above].count
        if parent and always and not where.endswith("/*") and "object" in parent.kinds:
            yield ResponseDifference("shape", where, _presence(first is not None))


def _kinds_and_values(where: str, first: _Shape, second: _Shape) -> Iterator[ResponseDifference]:
    kinds = [", ".join(sorted(one.kinds)) for one in (first, second)]
    # Null or not, where the contract allows null, is data.
    optional = first.nullable and ({_NULL} in (first.kinds, second.kinds))
    if not first.kinds & second.kinds and not optional:
        yield ResponseDifference("shape", where, " / ".join(kinds))
    elif (
        first.value is not _NOT_COMPARED and second.value is not _NOT_COMPARED and first.value != second.value
    ):
        yield ResponseDifference("value", where, f"{_describe(first.value)} / {_describe(second.value)}")


def _describe(value: Any) -> str:
    return "same as sent" if value is _ECHOED else "different from sent" if value is None else repr(value)


def _shapes(
    body: Any, rules: Sequence[Any], components: Mapping[str, Any], request_body: Any
) -> dict[str, _Shape]:
    seen: dict[str, _Shape] = {}
    if body is not NOTHING:
        _ShapeCollector(components, request_body, seen).collect(body, rules, ())
    return seen


class _ShapeCollector:
    """Walks a response together with its schemas and collects its shape."""

    def __init__(self, components: Mapping[str, Any], request_body: Any, seen: dict[str, _Shape]) -> None:
        self._components = components
        self._request_body = request_body if isinstance(request_body, dict) else {}
        self._seen = seen

    def collect(self, value: Any, rules: Sequence[Any], where: tuple[str, ...]) -> None:
        """Collects a value and everything in it."""
        shape = self._seen.setdefault(format_pointer(list(where)), _Shape())
        shape.count += 1
        shape.kinds.add(_kind(value))
        shape.nullable = shape.nullable or any(_allows_null(rule) for rule in rules)
        if "*" not in where:
            shape.value = self._comparable(value, rules, where)
        if len(where) >= _MAX_DEPTH:
            return
        if isinstance(value, dict):
            for name, member in value.items():
                token, below = self._member(name, rules)
                self.collect(member, below, (*where, token))
        elif isinstance(value, list):
            below = self._rules(rule["items"] for rule in rules if "items" in rule)
            for item in value:
                self.collect(item, below, (*where, "*"))

    def _member(self, name: str, rules: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """The pointer token and schemas of a member; `*` if the schema leaves the names free."""
        own = [rule["properties"][name] for rule in rules if name in rule.get("properties", ())]
        if own:
            return name, self._rules(own)
        free = [rule.get("additionalProperties") for rule in rules]
        free = [schema for schema in free if isinstance(schema, dict)]
        free += [schema for rule in rules for schema in rule.get("patternProperties", {}).values()]
        return ("*", self._rules(free)) if free else (name, ())

    def _rules(self, schemas: Any) -> Sequence[Any]:
        return collect_rules(schemas, self._components)

    def _comparable(self, value: Any, rules: Sequence[Any], where: tuple[str, ...]) -> Any:
        """The part of a value that is compared; `_NOT_COMPARED` for most values."""
        if isinstance(value, dict | list) or value is None:
            return _NOT_COMPARED
        if any("enum" in rule or "const" in rule for rule in rules):
            return value
        if (
            where
            and where[-1] in self._request_body
            and not isinstance(self._request_body[where[-1]], dict | list)
        ):
            return _ECHOED if self._request_body[where[-1]] == value else None
        return _NOT_COMPARED


def _kind(value: Any) -> str:
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return "boolean"
    kinds = {int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), type(value).__name__)


def _allows_null(rule: Any) -> bool:
    return "null" in rule.get("type", ()) or None in rule.get("enum", ()) or rule.get("const", 0) is None
