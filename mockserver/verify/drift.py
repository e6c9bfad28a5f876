"""How replies differ from the contract, folded by schema: one line for what may have come many times."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mockserver.call import NOTHING
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.operation import Operation, ReplySpec, is_json
from mockserver.contract.validation import find_reply_spec, validate_reply
from mockserver.formats.json_pointer import format_pointer, parse_pointer, resolve
from mockserver.verify import schema_inference, schema_location
from mockserver.verify.http_client import Came
from mockserver.verify.result import Exchange
from mockserver.verify.schema_location import Spot, Tokens

_MOST_VALUES: Final = 200
_ARTICLES: Final = {"integer": "an integer", "array": "an array", "object": "an object", "string": "a text"}


class Strange(NamedTuple):
    """A reply of an undocumented status, and the schema of other refusals, if it is shaped like them."""

    media_type: str
    body: Any
    known: str | None


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a reply differs. `kind` is added, missing, null, type, value, status or other;
    `member` what was added or is missing; `value` what came; `spot` the schema, or the responses of a status.
    """

    kind: str
    what: str
    spot: Spot
    pointer: str = ""
    member: str = ""
    value: Any = None


@dataclass(slots=True)
class Difference:
    """One way in which replies differ from a schema, with all operations and replies that show it.

    No value is told but a new one of an enumeration, and that only if it is a word.
    """

    schema: str
    pointer: str
    way: Way
    operations: list[str] = field(default_factory=list)
    replies: int = 0
    values: list[Any] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """All of it but the values."""
        return {
            "schema": self.schema,
            "pointer": self.pointer,
            "kind": self.way.kind,
            "what": self.way.what,
            "operations": self.operations,
            "replies": self.replies,
        }

    def __str__(self) -> str:
        said = " ".join(f"{self.schema} {self.pointer} {self.way.what}".split())
        replies = "1 reply" if self.replies == 1 else f"{self.replies} replies"
        return f"{said} ({', '.join(self.operations)}: {replies})"


def drift(contract: Contract, exchanges: Iterable[Exchange]) -> list[Difference]:
    """Every difference, by schema and place."""
    found: dict[tuple[str, str, str], Difference] = {}
    for exchange in exchanges:
        if exchange.operation is not None:
            operation = contract.operations[exchange.operation]
            for difference in _of_reply(contract.document, operation, exchange.came).values():
                key = (difference.schema, difference.pointer, difference.way.what)
                known = found.setdefault(key, difference)
                known.replies += 1
                if operation.id not in known.operations:
                    known.operations.append(operation.id)
                if known is not difference and len(known.values) < _MOST_VALUES:
                    known.values += difference.values
    return [found[key] for key in sorted(found)]


def _of_reply(document: Document, operation: Operation, came: Came) -> dict[tuple[str, str, str], Difference]:
    found: dict[tuple[str, str, str], Difference] = {}
    for way in _ways(document, operation, came):
        if way.kind in ("null", "type", "other") and way.spot.site:
            schema, where = schema_location.name(operation.id, came.status, way.spot.site)
        elif way.kind == "status" or not way.spot.home:
            schema, where = f"{operation.id} {came.status}", ""
        else:
            schema, where = schema_location.name(operation.id, came.status, way.spot.home)
        member = [] if not way.member else ["*" if schema_inference.volatile(way.member) else way.member]
        where += way.pointer + format_pointer(member)
        known = found.setdefault((schema, where, way.what), Difference(schema, where, way))
        known.values.append(way.value)
    return found


def _ways(document: Document, operation: Operation, came: Came) -> Iterator[Way]:
    spec = find_reply_spec(operation.replies, came.status)
    nowhere = Spot((), ())
    if spec is None:
        home = schema_location.responses(document, operation)
        body = NOTHING if _is_no_json(came) else came.body
        known = (
            _known_refusal(document, operation, came) if came.status >= 400 and body is not NOTHING else None
        )
        value = Strange(came.media_type, body, known)
        yield Way("status", "is an undocumented status", Spot(home, home), value=value)
        return
    if spec.media_type is not None and came.raw and came.media_type != spec.media_type:
        if came.media_type not in spec.alternative_media_types:
            yield Way("other", f"came as {came.media_type or 'no media type'}", nowhere)
        return
    for one in validate_reply(
        operation.replies, came.status, came.headers, NOTHING if spec.schema else came.body
    ):
        if one.location == "header":
            what = "is missing" if one.keyword == "required" else "does not fit"
            yield Way("other", what, nowhere, one.pointer)
        elif not spec.schema or not came.raw:
            yield Way("other", "has no body" if spec.schema else "has a body", nowhere)
    if _is_no_json(came):
        yield Way("other", "is no JSON", nowhere)
    elif spec.schema and came.raw and is_json(came.media_type):
        yield from _in_body(
            document, schema_location.reply(document, operation, came.status), spec, came.body
        )


def _is_no_json(came: Came) -> bool:
    """Whether it is said to be JSON and cannot be read."""
    return is_json(came.media_type) and isinstance(came.body, str) and not came.raw.lstrip().startswith(b'"')


def _known_refusal(document: Document, operation: Operation, came: Came) -> str | None:
    """The reference by which another refusal of the operation names a schema that the body fits."""
    for status, spec in operation.replies.items():
        if status.isdigit() and int(status) >= 400 and spec.schema:
            written = schema_location.at(document, schema_location.reply(document, operation, int(status)))
            if "$ref" in written and spec.media_type == came.media_type and spec.schema.is_valid(came.body):
                return str(written["$ref"])
    return None


def _in_body(document: Document, start: Tokens, spec: ReplySpec, body: Any) -> Iterator[Way]:
    schema = spec.schema
    if schema is None:
        return
    told = set()
    if not schema.is_valid(body):
        for error in schema.explainer.iter_errors(body):
            for way in _broken(document, start, error):
                if way.kind == "added":
                    told.add(format_pointer([*error.absolute_path, way.member]))
                yield way
    for stray in schema.unknown_properties(body):
        if stray.pointer not in told:
            *tokens, member = parse_pointer(stray.pointer)
            home = schema_location.holder(document, start, body, tokens)
            if home is not None:
                value = resolve(body, [*tokens, member])
                yield Way("added", "is new", Spot(home, home), member=member, value=value)


def _broken(document: Document, start: Tokens, error: Any) -> Iterator[Way]:
    """What an error of the explaining validator says, in our words."""
    spot = schema_location.spot(document, start, list(error.absolute_schema_path))
    value, keyword = error.instance, error.validator
    if keyword == "required":
        member = next(one for one in error.validator_value if error.message.startswith(repr(one)))
        yield Way("missing", "is missing", spot, member=member)
    elif keyword in ("additionalProperties", "unevaluatedProperties"):
        for member in (one for one in value if repr(one) in error.message):
            yield Way("added", "is new", spot, member=member, value=value[member])
    elif value is None and keyword in ("type", "enum", "const", *schema_location.COMPOSED):
        yield Way("null", "is null", spot)
    elif keyword == "type" or (keyword in ("enum", "const") and isinstance(value, (dict, list))):
        yield _of_another_type(spot, value)
    elif keyword in ("enum", "const"):
        said = f"the new value {value!r}" if not schema_inference.volatile(value) else "a new value"
        yield Way("value", f"has {said}", spot, value=value)
    elif keyword in ("anyOf", "oneOf") and error.context:
        yield from _of_the_nearest_branch(document, start, spot, error)
    else:
        yield Way("other", f"does not fit ({keyword})", spot)


def _of_another_type(spot: Spot, value: Any) -> Way:
    kind = schema_inference.kind(value)
    return Way("type", f"is {_ARTICLES.get(kind, f'a {kind}')}", spot, value=value)


def _of_the_nearest_branch(document: Document, start: Tokens, spot: Spot, error: Any) -> Iterator[Way]:
    """What is wrong with a value by that of several schemas that it comes nearest to."""
    branches: dict[int, list[Any]] = {}
    for one in error.context:
        branches.setdefault(one.relative_schema_path[0], []).append(one)
    nearest = min(branches.values(), key=lambda branch: (_is_of_another_type(branch), len(branch)))
    if _is_of_another_type(nearest):
        yield _of_another_type(spot, error.instance)
    else:
        for one in nearest:
            yield from _broken(document, start, one)


def _is_of_another_type(branch: list[Any]) -> bool:
    return any(one.validator == "type" and not one.relative_path for one in branch)
