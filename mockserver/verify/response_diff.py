"""Two replies to the same call, likened: what is of another shape, or of another declared value.

Values are data and differ from server to server: they are masked by their kinds. What the contract declares a
value of (an enumeration) and what the caller sent itself is compared, outside of lists.
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
from mockserver.verify.http_client import Came
from mockserver.verify.reply_validation import spoken

_NULL: Final = "null"
_SENT: Final = object()
_NOT_SAID: Final = object()
_DEEPEST: Final = 32


class Unlike(NamedTuple):
    """One thing in which two replies differ: what was compared, the JSON pointer, and the words."""

    check: str
    pointer: str
    message: str


@dataclass
class _Seen:
    """What stands at one place of a reply; the items of a list stand at one place."""

    kinds: set[str] = field(default_factory=set)
    count: int = 0
    value: Any = _NOT_SAID
    nullable: bool = False


def liken(promised: Operation | UnroutedSpec, sent: tuple[Any, Any], one: Came, other: Came) -> list[Unlike]:
    """Everything in which the replies to two calls differ, which had these JSON bodies."""
    if one.status != other.status:
        return [Unlike("status", "", f"{one.status} / {other.status}")]
    if one.media_type != other.media_type:
        return [Unlike("content type", "", f"{one.media_type or 'none'} / {other.media_type or 'none'}")]
    found = list(_headers(promised, one, other))
    problems = [spoken(promised, came) or "none that is declared" for came in (one, other)]
    if one.status >= 400 and problems[0] != problems[1]:
        found.append(Unlike("problem", "", " / ".join(problems)))
    spec = find_reply_spec(promised.replies, one.status)
    schema = spec.schema if spec else None
    rules = collect_rules([schema.schema], schema.components) if schema else ()
    known = schema.components if schema else {}
    pairs = zip((one, other), sent, strict=True)
    shapes = [_shape(came.body, rules, known, body) for came, body in pairs]
    return found + list(_unlike(shapes[0], shapes[1]))


def _headers(promised: Operation | UnroutedSpec, one: Came, other: Came) -> Iterator[Unlike]:
    spec = find_reply_spec(promised.replies, one.status)
    for name in spec.headers if spec else ():
        if (name in one.headers) != (name in other.headers):
            yield Unlike("headers", f"/{name}", _sides(name in one.headers))


def _sides(first: bool) -> str:
    return "there / missing" if first else "missing / there"


def _unlike(one: Mapping[str, _Seen], other: Mapping[str, _Seen]) -> Iterator[Unlike]:
    for where in sorted({*one, *other}):
        mine, theirs = one.get(where), other.get(where)
        if mine and theirs:
            yield from _kinds_and_values(where, mine, theirs)
            continue
        if not where:
            yield Unlike("shape", "", _sides(mine is not None))
            return
        above = where.rpartition("/")[0]
        has, lacks = (one, other) if mine else (other, one)
        parent = lacks.get(above)
        always = has[where].count >= has[above].count
        if parent and always and not where.endswith("/*") and "object" in parent.kinds:
            yield Unlike("shape", where, _sides(mine is not None))


def _kinds_and_values(where: str, mine: _Seen, theirs: _Seen) -> Iterator[Unlike]:
    kinds = [", ".join(sorted(one.kinds)) for one in (mine, theirs)]
    # Whether there is something, where the contract allows for nothing, is data.
    optional = mine.nullable and ({_NULL} in (mine.kinds, theirs.kinds))
    if not mine.kinds & theirs.kinds and not optional:
        yield Unlike("shape", where, " / ".join(kinds))
    elif mine.value is not _NOT_SAID and theirs.value is not _NOT_SAID and mine.value != theirs.value:
        yield Unlike("value", where, f"{_word(mine.value)} / {_word(theirs.value)}")


def _word(value: Any) -> str:
    return "as it was sent" if value is _SENT else "another than was sent" if value is None else repr(value)


def _shape(body: Any, rules: Sequence[Any], components: Mapping[str, Any], sent: Any) -> dict[str, _Seen]:
    seen: dict[str, _Seen] = {}
    if body is not NOTHING:
        _Walk(components, sent, seen).enter(body, rules, ())
    return seen


class _Walk:
    """Goes through a reply with its schema, and writes down what it sees."""

    def __init__(self, components: Mapping[str, Any], sent: Any, seen: dict[str, _Seen]) -> None:
        self._components = components
        self._sent = sent if isinstance(sent, dict) else {}
        self._seen = seen

    def enter(self, value: Any, rules: Sequence[Any], where: tuple[str, ...]) -> None:
        """Looks at a value and all that is in it."""
        place = self._seen.setdefault(format_pointer(list(where)), _Seen())
        place.count += 1
        place.kinds.add(_kind(value))
        place.nullable = place.nullable or any(_allows_null(rule) for rule in rules)
        if "*" not in where:
            place.value = self._declared(value, rules, where)
        if len(where) >= _DEEPEST:
            return
        if isinstance(value, dict):
            for name, member in value.items():
                token, below = self._member(name, rules)
                self.enter(member, below, (*where, token))
        elif isinstance(value, list):
            below = self._rules(rule["items"] for rule in rules if "items" in rule)
            for item in value:
                self.enter(item, below, (*where, "*"))

    def _member(self, name: str, rules: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """Where a member stands: at its name, or with all others where names are the caller's own."""
        own = [rule["properties"][name] for rule in rules if name in rule.get("properties", ())]
        if own:
            return name, self._rules(own)
        free = [rule.get("additionalProperties") for rule in rules]
        free = [schema for schema in free if isinstance(schema, dict)]
        free += [schema for rule in rules for schema in rule.get("patternProperties", {}).values()]
        return ("*", self._rules(free)) if free else (name, ())

    def _rules(self, schemas: Any) -> Sequence[Any]:
        return collect_rules(schemas, self._components)

    def _declared(self, value: Any, rules: Sequence[Any], where: tuple[str, ...]) -> Any:
        """What is compared of a value; most are not."""
        if isinstance(value, dict | list) or value is None:
            return _NOT_SAID
        if any("enum" in rule or "const" in rule for rule in rules):
            return value
        if where and where[-1] in self._sent and not isinstance(self._sent[where[-1]], dict | list):
            return _SENT if self._sent[where[-1]] == value else None
        return _NOT_SAID


def _kind(value: Any) -> str:
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return "boolean"
    kinds = {int: "number", float: "number", str: "text", list: "list", dict: "object"}
    return kinds.get(type(value), type(value).__name__)


def _allows_null(rule: Any) -> bool:
    return "null" in rule.get("type", ()) or None in rule.get("enum", ()) or rule.get("const", 0) is None
