"""The problems of a vendor made from a document: its error replies, in the document's own error schema."""

import re
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import orjson

from mockserver.contract.operation import is_json
from mockserver.contract.sample_value import Sampler, fits
from mockserver.contract.schema import Schema
from mockserver.formats.json_pointer import MISSING, format_pointer, resolve
from mockserver.scaffold.source_operations import SourceOperation, SourceReply

_EXAMPLES: Final = "#/components/examples/"
_RESPONSES: Final = "#/components/responses/"
_MESSAGES: Final = (
    "message",
    "detail",
    "error_description",
    "description",
    "reason",
    "title",
    "msg",
    "error",
)
_CODES: Final = ("status", "code", "statuscode", "status_code")
_LONG_TEXT: Final = "plausible text " * 40
_REASON: Final = "{reason}"
_DEPTH: Final = 3


class ErrorBody(NamedTuple):
    """Media type, schema and example of an error's body."""

    media_type: str
    schema: Any
    example: Any = MISSING


_OWN: Final = ErrorBody("application/json", {"$ref": "#/components/schemas/MockError"})


class ProblemCatalog:
    """Collects the problems of all operations, with the replies and examples that declare them."""

    def __init__(self, operations: list[SourceOperation], components: dict[str, Any]) -> None:
        self._components = components
        self._sampler = Sampler(components)
        self._names: dict[bytes, str] = {}
        self.examples: dict[str, Any] = {}
        self.responses: dict[str, Any] = {}
        self._common = self._find_common(operations)

    @property
    def common(self) -> ErrorBody:
        """The body that most errors of the document have, else one of the project's own."""
        return self._common or _OWN

    @property
    def needs_own_schema(self) -> bool:
        """Whether the document has no error schema."""
        return self._common is None

    def declare(
        self,
        status: int,
        reply: SourceReply | None,
        error: ErrorBody,
        *,
        base: str = "",
        filled: bool = False,
    ) -> tuple[str, dict[str, Any]] | None:
        """The problem of a status and the reference to its reply; None if no body can be made.

        `error` is the body of the operation's errors, where the reply has none; `filled` problems say why the
        call is refused.
        """
        documented = error_body(reply)
        media_type, own, example = documented or error._replace(example=MISSING)
        value = self._value(own, example, status)
        if value is MISSING:
            return None
        fill = self._fill(value, own) if filled else {}
        summary = reply.description.splitlines()[0][:120] if reply else _phrase(status)
        is_known = documented is not None
        key = orjson.dumps([status, base, filled, media_type, own, value], option=orjson.OPT_SORT_KEYS)
        if key not in self._names:
            name = self._free(base or _slug(_phrase(status)))
            self._names[key] = name
            self.examples[name] = {
                "summary": summary,
                **(
                    {"x-source": "inferred"}
                    if not is_known
                    else {"x-source": "seed", "x-source-at": "document"}
                ),
                "value": value,
                **({"x-fill": fill} if fill else {}),
            }
            self.responses[_camel(name)] = {
                "description": reply.description if reply else f"{_phrase(status)}.",
                **({} if is_known else {"x-source": "inferred"}),
                "content": {media_type: {"schema": own, "examples": {name: {"$ref": _EXAMPLES + name}}}},
            }
        name = self._names[key]
        return name, {"$ref": _RESPONSES + _camel(name)}

    def _value(self, schema: Any, example: Any, status: int) -> Any:
        rule = Schema(schema, self._components)
        value = example if example is not MISSING and fits(rule, example) else self._sampler.sample(schema)
        if value is MISSING or not isinstance(value, dict) or example is value:
            return value
        value = orjson.loads(orjson.dumps(value))
        for tokens in _places(value, _CODES, (int, str)):
            text = str(status) if isinstance(resolve(value, tokens), str) else status
            value = _kept(rule, value, tokens, text)
        for tokens in _places(value, _MESSAGES, (str,)):
            value = _kept(rule, value, tokens, _phrase(status))
        return value

    def _fill(self, value: Any, schema: Any) -> dict[str, str]:
        """The place of the reason in the body, where any text fits."""
        rule = Schema(schema, self._components)
        for tokens in _places(value, _MESSAGES, (str,)):
            if all(_changed(rule, value, tokens, text) is not None for text in (_LONG_TEXT, "x")):
                return {format_pointer(tokens): _REASON}
        return {}

    def _free(self, base: str) -> str:
        name, number = base, 2
        while name in self.examples:
            name, number = f"{base}_{number}", number + 1
        return name

    def _find_common(self, operations: list[SourceOperation]) -> ErrorBody | None:
        found: Counter[bytes] = Counter()
        for one in operations:
            for body in _error_bodies(one):
                if self._value(body.schema, MISSING, 400) is not MISSING:
                    found[orjson.dumps([body.media_type, body.schema])] += 1
        return ErrorBody(*orjson.loads(found.most_common(1)[0][0])) if found else None


def error_body(reply: SourceReply | None) -> ErrorBody | None:
    """The described body in JSON of a reply; None if it has none."""
    for media_type, one in (reply.content if reply else {}).items():
        if is_json(media_type) and one.schema not in (True, {}):
            return ErrorBody(media_type, one.schema, one.example)
    return None


def usual_error(operation: SourceOperation, common: ErrorBody) -> ErrorBody:
    """The body of the operation's errors: of one that it documents, else that of the document."""
    return next(_error_bodies(operation), common)


def _error_bodies(operation: SourceOperation) -> Iterator[ErrorBody]:
    bodies = (error_body(reply) for status, reply in operation.replies.items() if _is_error(status))
    yield from filter(None, bodies)


def _is_error(status: str) -> bool:
    return status == "default" or status[0] in "45"


def _places(
    value: Any, names: tuple[str, ...], types: tuple[type, ...], above: tuple[Any, ...] = ()
) -> Iterator[list[Any]]:
    """The members of a body that have one of the names and types, the most likely one first."""
    if isinstance(value, dict) and len(above) < _DEPTH:
        by_name = {name.lower(): name for name in value}
        for wanted in names:
            part = resolve(value, [by_name.get(wanted, "")])
            if isinstance(part, types) and not isinstance(part, bool):
                yield [*above, by_name[wanted]]
        for name, part in value.items():
            yield from _places(part, names, types, (*above, name))
    elif isinstance(value, list) and value:
        yield from _places(value[0], names, types, (*above, 0))


def _kept(rule: Schema, value: Any, tokens: list[Any], part: Any) -> Any:
    changed = _changed(rule, value, tokens, part)
    return value if changed is None else changed


def _changed(rule: Schema, value: Any, tokens: list[Any], part: Any) -> Any:
    """A copy with another part; None if it does not fit."""
    copy = orjson.loads(orjson.dumps(value))
    holder = resolve(copy, tokens[:-1])
    holder[tokens[-1]] = part
    return copy if fits(rule, copy) else None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
