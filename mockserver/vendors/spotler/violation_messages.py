"""Sentences about invalid calls, in the style of the frameworks behind the vendor's service.

JAX-RS reads parameters, Jackson and JAXB bodies, and Bean Validation checks their values. The vendor's own
sentences are not known. The journal keeps the exact violations.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from mockserver.contract.validation import Violation
from mockserver.formats.json_pointer import parse_pointer

_TYPES: Final = (
    (bool, "Boolean"),
    (int | float, "Number"),
    (str, "String"),
    (list, "Array"),
    (dict, "Object"),
)
_BODY: Final = "request body"


def describe(violation: Violation) -> str:
    """The sentence; it names the parameter or member, but no rule of the contract."""
    describe_keyword = _SENTENCES.get(violation.keyword)
    where = _name(violation)
    return describe_keyword(violation, where) if describe_keyword else _invalid(violation, where)


def _name(violation: Violation) -> str:
    """The parameter, or the member of the body as in `contact.properties.email`."""
    tokens = [f"[{token}]" if token.isdigit() else token for token in parse_pointer(violation.pointer)]
    return ".".join(tokens).replace(".[", "[") or _BODY


def _invalid(violation: Violation, where: str) -> str:
    return f"Invalid value for {where if violation.location == 'body' else f'parameter {where}'}"


def _required(violation: Violation, where: str) -> str:
    if violation.location != "body":
        return f"Missing parameter {where}"
    wanted = violation.rule.get("required", ()) if isinstance(violation.rule, Mapping) else ()
    value = violation.value if isinstance(violation.value, dict) else {}
    missing = next((name for name in wanted if name not in value), None)
    if missing is None:
        return f"The {_BODY} may not be empty"
    return f"{missing if where == _BODY else f'{where}.{missing}'} may not be null"


def _type(violation: Violation, where: str) -> str:
    if violation.location != "body":
        return _invalid(violation, where)
    if violation.value is None:
        return f"{f'The {_BODY}' if where == _BODY else where} may not be null"
    found = next((name for kind, name in _TYPES if isinstance(violation.value, kind)), "Object")
    return f"Can not deserialize {where} out of {found} value"


def _size(violation: Violation, where: str) -> str:
    names = ("minItems", "maxItems") if isinstance(violation.value, list) else ("minLength", "maxLength")
    rule: Mapping[str, Any] = violation.rule if isinstance(violation.rule, Mapping) else {}
    low, high = rule.get(names[0], 0), rule.get(names[1])
    return f"{where} size must be between {low} and {2**31 - 1 if high is None else high}"


def _limit(keyword: str, relation: str) -> Callable[[Violation, str], str]:
    def sentence(violation: Violation, where: str) -> str:
        rule: Mapping[str, Any] = violation.rule if isinstance(violation.rule, Mapping) else {}
        return f"{where} must be {relation} {rule.get(keyword, 0)}"

    return sentence


_SENTENCES: Final[Mapping[str, Callable[[Violation, str], str]]] = {
    "required": _required,
    "type": _type,
    "minLength": _size,
    "maxLength": _size,
    "minItems": _size,
    "maxItems": _size,
    "minimum": _limit("minimum", "greater than or equal to"),
    "maximum": _limit("maximum", "less than or equal to"),
    "json": lambda _violation, _where: f"The {_BODY} is not well-formed JSON",
    "xml": lambda _violation, _where: f"The {_BODY} is not well-formed XML",
    "unknown": lambda _violation, where: f"Unrecognized field {where}",
    "content": lambda _violation, _where: "Unsupported media type",
}
