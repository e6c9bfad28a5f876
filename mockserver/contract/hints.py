"""Hints for schema violations: what the schema expects, and the nearest valid value."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson

from mockserver.formats.suggestions import suggest

_MAX_CHOICES: Final = 12
_MAX_LENGTH: Final = 300


def expected_hint(keyword: str, rule: Any) -> str | None:
    """The expectation of the violated keyword, in words; None if the validator's message is enough."""
    if not isinstance(rule, Mapping) or keyword not in rule:
        return None
    describe = _DESCRIPTIONS.get(keyword)
    hint = describe(rule[keyword], rule) if describe else None
    return hint if hint is None or len(hint) <= _MAX_LENGTH else f"{hint[:_MAX_LENGTH]} …"


def nearest_valid(keyword: str, rule: Any, value: Any) -> str | None:
    """The value of the enumeration that is most similar to the invalid one; None if none is similar."""
    if not isinstance(value, str) or not isinstance(rule, Mapping):
        return None
    if keyword in ("anyOf", "oneOf"):
        close = (nearest_valid(word, one, value) for one in rule[keyword] for word in ("enum", "const"))
        return next(filter(None, close), None)
    if keyword not in ("enum", "const") or keyword not in rule:
        return None
    choices = rule["enum"] if keyword == "enum" else [rule["const"]]
    return suggest(value, [one for one in choices if isinstance(one, str)])


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def _type(wanted: Any, _rule: Any) -> str:
    return " or ".join(wanted) if isinstance(wanted, list) else str(wanted)


def _enum(wanted: list[Any], _rule: Any) -> str:
    choices = ", ".join(map(_json, wanted[:_MAX_CHOICES]))
    more = f" and {len(wanted) - _MAX_CHOICES} more" if len(wanted) > _MAX_CHOICES else ""
    return f"one of {choices}{more}" if len(wanted) > 1 else choices


def _no_others(_wanted: Any, rule: Any) -> str | None:
    known = ", ".join(rule.get("properties", {}))
    return f"no other members than {known}" if known else "no members"


def _alternatives(wanted: list[Any], _rule: Any) -> str | None:
    words = [_in_short(one) for one in wanted]
    return " or ".join(dict.fromkeys(word for word in words if word)) if all(words) else None


def _in_short(rule: Any) -> str | None:
    """A whole schema in a few words, by its most telling keyword."""
    if not isinstance(rule, Mapping):
        return None
    if "$ref" in rule:
        return str(rule["$ref"]).rpartition("/")[2]
    keywords = ("const", "enum", "anyOf", "oneOf", "format", "type")
    return next((expected_hint(keyword, rule) for keyword in keywords if keyword in rule), None)


def _counted(words: str, unit: str) -> Callable[[Any, Any], str]:
    return lambda wanted, _rule: f"{words} {wanted} {unit}{'' if wanted == 1 else 's'}".strip()


def _text(words: str) -> Callable[[Any, Any], str]:
    return lambda wanted, _rule: words.format(wanted)


_DESCRIPTIONS: Final[Mapping[str, Callable[[Any, Any], str | None]]] = MappingProxyType(
    {
        "type": _type,
        "enum": _enum,
        "const": lambda wanted, _rule: _json(wanted),
        "additionalProperties": _no_others,
        "unevaluatedProperties": _text("no further members"),
        "anyOf": _alternatives,
        "oneOf": _alternatives,
        "format": _text("a string of the format {}"),
        "pattern": _text("a string that matches {}"),
        "minLength": _counted("at least", "character"),
        "maxLength": _counted("at most", "character"),
        "minItems": _counted("at least", "item"),
        "maxItems": _counted("at most", "item"),
        "minProperties": _counted("at least", "member"),
        "maxProperties": _counted("at most", "member"),
        "uniqueItems": _text("no item twice"),
        "minimum": _text("at least {}"),
        "maximum": _text("at most {}"),
        "exclusiveMinimum": _text("more than {}"),
        "exclusiveMaximum": _text("less than {}"),
        "multipleOf": _text("a multiple of {}"),
    }
)
