"""Messages of invalid fields, as Fanfare's own validation (valibot) words them.

Its pages show four texts: `Required`, `Invalid email format`, `Must be a positive integer` and `Already
taken`. The others are the wording of the library whose issues the vendor's OpenAPI file describes.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from mockserver.contract.validation import Violation

_FALLBACK: Final = "Invalid input"
_POSITIVE_INTEGER: Final = "Must be a positive integer"
_FORMATS: Final = {"email": "Invalid email format", "date-time": "Invalid date", "date": "Invalid date"}
_TYPE_NAMES: Final = {"integer": "number", "object": "Object", "array": "Array"}
_MAX_RECEIVED: Final = 100
_MAX_EXACT: Final = 2**53

Rule = Mapping[str, Any]


def render_violation(violation: Violation) -> str:
    """One sentence about the invalid field, without the grammar of a schema."""
    if violation.keyword == "required":
        return "Required"
    render = _RENDERERS.get(violation.keyword)
    if render is None or not isinstance(violation.rule, Mapping):
        return _FALLBACK
    return render(violation.rule, violation.value)


def expected_length(expected: str, count: int) -> str:
    """The message for a list or text of the wrong length, such as `Expected 2 but received 1`."""
    return f"Invalid length: Expected {expected} but received {count}"


def expected_choice(choices: list[Any], value: Any) -> str:
    """The message for a value that is not among the choices."""
    names = [_received(one) for one in choices if one is not None]
    return _expected(_join(names), value)


def _type(rule: Rule, value: Any) -> str:
    if _is_positive_integer(rule):
        return _POSITIVE_INTEGER
    types = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
    is_fraction = isinstance(value, float) and "integer" in types
    if is_fraction:
        return f"Invalid integer: Received {_received(value)}"
    return _expected(_join([_TYPE_NAMES.get(one, str(one)) for one in types if one != "null"]), value)


def _range(sign: str, keyword: str) -> Callable[[Rule, Any], str]:
    def render(rule: Rule, value: Any) -> str:
        if keyword == "minimum" and _is_positive_integer(rule):
            return _POSITIVE_INTEGER
        return f"Invalid value: Expected {sign}{_received(rule[keyword])} but received {_received(value)}"

    return render


def _length(rule: Rule, value: Any) -> str:
    unit = "Items" if isinstance(value, list) else "Length"
    low, high = rule.get(f"min{unit}", 0), rule.get(f"max{unit}")
    if low == high:
        return expected_length(str(low), len(value))
    return expected_length(f">={low}" if len(value) < low else f"<={high}", len(value))


def _alternatives(rule: Rule, value: Any) -> str:
    """The message where a text may have one of several formats."""
    formats = [str(one.get("format")) for one in rule["anyOf"] if isinstance(one, Mapping)]
    if not isinstance(value, str):
        return _expected("string", value)
    return _FORMATS.get(formats[0], _FALLBACK) if formats else _FALLBACK


def _is_positive_integer(rule: Rule) -> bool:
    return "integer" in rule.get("type", ()) and rule.get("minimum") == 1


def _expected(expected: str, value: Any) -> str:
    return f"Invalid type: Expected {expected} but received {_received(value)}"


def _join(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"({' | '.join(names)})"


def _received(value: Any) -> str:
    """The value as the library writes it: texts in quotes, the kind of other composite values."""
    if isinstance(value, str):
        return f'"{value if len(value) <= _MAX_RECEIVED else value[:_MAX_RECEIVED] + "…"}"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _MAX_EXACT:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    return "Array" if isinstance(value, list) else "Object"


_RENDERERS: Final[Mapping[str, Callable[[Rule, Any], str]]] = MappingProxyType(
    {
        "type": _type,
        "enum": lambda rule, value: expected_choice(rule["enum"], value),
        "const": lambda rule, value: expected_choice([rule["const"]], value),
        "format": lambda rule, _value: _FORMATS.get(rule["format"], "Invalid format"),
        "pattern": lambda _rule, _value: "Invalid format",
        "minLength": _length,
        "maxLength": _length,
        "minItems": _length,
        "maxItems": _length,
        "minimum": _range(">=", "minimum"),
        "maximum": _range("<=", "maximum"),
        "anyOf": _alternatives,
    }
)
