"""Drift: how responses differ from the contract, grouped by schema."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple, TypedDict

from mockserver.call import NOTHING
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.operation import Operation, ReplySpec, is_json
from mockserver.contract.schema import MAX_VIOLATIONS
from mockserver.contract.validation import find_reply_spec, validate_reply
from mockserver.formats.json_pointer import format_pointer, parse_pointer, resolve
from mockserver.verify import schema_inference, schema_location
from mockserver.verify.http_client import Response
from mockserver.verify.result import HttpExchange
from mockserver.verify.schema_location import SchemaLocation, Tokens

_MAX_VALUES: Final = 200
_ARTICLES: Final = {"integer": "an integer", "array": "an array", "object": "an object", "string": "a string"}


class UndocumentedReply(NamedTuple):
    """A response with an undocumented status; `schema_ref` is the operation's error schema it matches."""

    media_type: str
    body: Any
    schema_ref: str | None


@dataclass(frozen=True, slots=True)
class Deviation:
    """One deviation of a response. `kind` is added, missing, null, type, value, status or other.

    `member` is the added or missing property, `value` the actual value, `location` the violated schema
    or, for a status, the operation's responses.
    """

    kind: str
    message: str
    location: SchemaLocation
    pointer: str = ""
    member: str = ""
    value: Any = None


class DriftDict(TypedDict):
    """A drift as JSON."""

    schema: str
    pointer: str
    kind: str
    what: str
    operations: list[str]
    replies: int


@dataclass(slots=True)
class Drift:
    """One deviation from a schema, with the operations and the number of responses that have it.

    The text contains no values, except new enumeration values that are plain words.
    """

    schema: str
    pointer: str
    deviation: Deviation
    operations: list[str] = field(default_factory=list)
    replies: int = 0
    values: list[Any] = field(default_factory=list)

    def to_dict(self) -> DriftDict:
        """The drift as JSON, without values."""
        return {
            "schema": self.schema,
            "pointer": self.pointer,
            "kind": self.deviation.kind,
            "what": self.deviation.message,
            "operations": self.operations,
            "replies": self.replies,
        }

    def __str__(self) -> str:
        text = " ".join(f"{self.schema} {self.pointer} {self.deviation.message}".split())
        replies = "1 reply" if self.replies == 1 else f"{self.replies} replies"
        return f"{text} ({', '.join(self.operations)}: {replies})"


def find_drift(contract: Contract, exchanges: Iterable[HttpExchange]) -> list[Drift]:
    """Every deviation, sorted by schema and pointer."""
    found: dict[tuple[str, str, str], Drift] = {}
    for exchange in exchanges:
        if exchange.operation is not None:
            operation = contract.operations[exchange.operation]
            for difference in _drift_of_reply(contract.document, operation, exchange.response).values():
                key = (difference.schema, difference.pointer, difference.deviation.message)
                known = found.setdefault(key, difference)
                known.replies += 1
                if operation.id not in known.operations:
                    known.operations.append(operation.id)
                if known is not difference and len(known.values) < _MAX_VALUES:
                    known.values += difference.values
    return [found[key] for key in sorted(found)]


def _drift_of_reply(
    document: Document, operation: Operation, response: Response
) -> dict[tuple[str, str, str], Drift]:
    found: dict[tuple[str, str, str], Drift] = {}
    for deviation in _deviations(document, operation, response):
        if deviation.kind in ("null", "type", "other") and deviation.location.usage:
            schema, where = schema_location.schema_name(
                operation.id, response.status, deviation.location.usage
            )
        elif deviation.kind == "status" or not deviation.location.definition:
            schema, where = f"{operation.id} {response.status}", ""
        else:
            schema, where = schema_location.schema_name(
                operation.id, response.status, deviation.location.definition
            )
        member = (
            []
            if not deviation.member
            else ["*" if schema_inference.is_volatile(deviation.member) else deviation.member]
        )
        where += deviation.pointer + format_pointer(member)
        known = found.setdefault((schema, where, deviation.message), Drift(schema, where, deviation))
        known.values.append(deviation.value)
    return found


def _deviations(document: Document, operation: Operation, response: Response) -> Iterator[Deviation]:
    spec = find_reply_spec(operation.replies, response.status)
    nowhere = SchemaLocation((), ())
    if spec is None:
        definition = schema_location.locate_responses(document, operation)
        body = NOTHING if _is_unparsed(response) else response.body
        known = (
            _matching_error_schema(document, operation, response)
            if response.status >= 400 and body is not NOTHING
            else None
        )
        value = UndocumentedReply(response.media_type, body, known)
        yield Deviation(
            "status", "is an undocumented status", SchemaLocation(definition, definition), value=value
        )
        return
    if spec.media_type is not None and response.content and response.media_type != spec.media_type:
        if response.media_type not in spec.alternative_media_types:
            yield Deviation("other", f"response as {response.media_type or 'no media type'}", nowhere)
        return
    for one in validate_reply(
        operation.replies, response.status, response.headers, NOTHING if spec.schema else response.body
    ):
        if one.location == "header":
            what = "is missing" if one.keyword == "required" else "is invalid"
            yield Deviation("other", what, nowhere, one.pointer)
        elif not spec.schema or not response.content:
            yield Deviation("other", "has no body" if spec.schema else "has a body", nowhere)
    if _is_unparsed(response):
        yield Deviation("other", "is not JSON", nowhere)
    elif spec.schema and response.content and is_json(response.media_type):
        yield from _body_deviations(
            document,
            schema_location.locate_reply_schema(document, operation, response.status),
            spec,
            response.body,
        )


def _is_unparsed(response: Response) -> bool:
    """Whether the body is declared as JSON but cannot be parsed."""
    return (
        is_json(response.media_type)
        and isinstance(response.body, str)
        and not response.content.lstrip().startswith(b'"')
    )


def _matching_error_schema(document: Document, operation: Operation, response: Response) -> str | None:
    """The `$ref` of another error response of the operation whose schema the body matches."""
    for status, spec in operation.replies.items():
        if status.isdigit() and int(status) >= 400 and spec.schema:
            written = schema_location.node_at(
                document, schema_location.locate_reply_schema(document, operation, int(status))
            )
            if (
                "$ref" in written
                and spec.media_type == response.media_type
                and spec.schema.is_valid(response.body)
            ):
                return str(written["$ref"])
    return None


def _body_deviations(document: Document, start: Tokens, spec: ReplySpec, body: Any) -> Iterator[Deviation]:
    schema = spec.schema
    if schema is None:
        return
    reported = set()
    if not schema.is_valid(body):
        for error in islice(schema.explainer.iter_errors(body), MAX_VIOLATIONS):
            for deviation in _error_deviations(document, start, error):
                if deviation.kind == "added":
                    reported.add(format_pointer([*error.absolute_path, deviation.member]))
                yield deviation
    for unknown in schema.unknown_properties(body):
        if unknown.pointer not in reported:
            *tokens, member = parse_pointer(unknown.pointer)
            definition = schema_location.locate_object_schema(document, start, body, tokens)
            if definition is not None:
                value = resolve(body, [*tokens, member])
                yield Deviation(
                    "added", "is new", SchemaLocation(definition, definition), member=member, value=value
                )


def _error_deviations(document: Document, start: Tokens, error: Any) -> Iterator[Deviation]:
    """The deviations that a validation error of jsonschema stands for."""
    location = schema_location.locate_rule(document, start, list(error.absolute_schema_path))
    value, keyword = error.instance, error.validator
    if keyword == "required":
        member = next(one for one in error.validator_value if error.message.startswith(repr(one)))
        yield Deviation("missing", "is missing", location, member=member)
    elif keyword in ("additionalProperties", "unevaluatedProperties"):
        for member in (one for one in value if repr(one) in error.message):
            yield Deviation("added", "is new", location, member=member, value=value[member])
    elif value is None and keyword in ("type", "enum", "const", *schema_location.COMPOSED):
        yield Deviation("null", "is null", location)
    elif keyword == "type" or (keyword in ("enum", "const") and isinstance(value, (dict, list))):
        yield _type_deviation(location, value)
    elif keyword in ("enum", "const"):
        description = f"the new value {value!r}" if not schema_inference.is_volatile(value) else "a new value"
        yield Deviation("value", f"has {description}", location, value=value)
    elif keyword in ("anyOf", "oneOf") and error.context:
        yield from _branch_deviations(document, start, location, error)
    else:
        yield Deviation("other", f"is invalid ({keyword})", location)


def _type_deviation(location: SchemaLocation, value: Any) -> Deviation:
    kind = schema_inference.json_type(value)
    return Deviation("type", f"is {_ARTICLES.get(kind, f'a {kind}')}", location, value=value)


def _branch_deviations(
    document: Document, start: Tokens, location: SchemaLocation, error: Any
) -> Iterator[Deviation]:
    """The deviations from the closest branch of an `anyOf` or `oneOf`."""
    branches: dict[int, list[Any]] = {}
    for one in error.context:
        branches.setdefault(one.relative_schema_path[0], []).append(one)
    nearest = min(branches.values(), key=lambda branch: (_has_type_error(branch), len(branch)))
    if _has_type_error(nearest):
        yield _type_deviation(location, error.instance)
    else:
        for one in nearest:
            yield from _error_deviations(document, start, one)


def _has_type_error(branch: list[Any]) -> bool:
    return any(one.validator == "type" and not one.relative_path for one in branch)
