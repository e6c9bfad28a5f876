"""Messages for invalid calls, in the style of ASP.NET's data annotations.

Shops display them to their customers, so they name the field and what it must be, not the schema.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from mockserver.contract.validation import Violation
from mockserver.formats.json_pointer import parse_pointer

_TYPES: Final = MappingProxyType(
    {
        "string": "a string",
        "number": "a number",
        "integer": "a whole number",
        "boolean": "true or false",
        "object": "an object",
        "array": "an array",
    }
)
_KINDS: Final = MappingProxyType(
    {
        "email": "e-mail address",
        "mobilePhone": "phone number",
        "phoneNumbers": "phone number",
        "socialSecurityNumber": "social security number",
        "birthDay": "date",
        "fromDate": "date",
        "toDate": "date",
        "createdDate": "date",
        "currency": "currency code",
    }
)
"""What a field holds whose format a pattern describes."""

_FORMATS: Final = MappingProxyType({"date": "date", "date-time": "date", "uuid": "GUID"})


def required(field: str) -> str:
    """The message for a missing field."""
    return f"The {field} field is required."


def not_valid(field: str) -> str:
    """The message for a field whose value has the wrong format."""
    kind = _KINDS.get(field.rpartition(".")[2].partition("[")[0])
    return f"The {field} field is not a valid {kind}." if kind else f"The {field} field is not valid."


def not_found(what: str) -> str:
    """The message for something that does not exist."""
    return f"The {what} does not exist."


def must_be(field: str, wanted: str) -> str:
    """The message for a field that must be something else; an empty name stands for the body."""
    return f"The field {field} must be {wanted}." if field else f"The request body must be {wanted}."


def one_of(words: Iterable[str]) -> str:
    """The words as a choice: `Male, Female or Other`."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def entry(field: str, message: str) -> dict[str, str]:
    """One member of `validationErrors`."""
    name = field.rpartition(".")[2]
    return {"errorDescription": message} | ({"field": name} if name else {})


def entries(violations: Iterable[Violation]) -> list[dict[str, str]]:
    """The members of `validationErrors`: one for each invalid field, in the order of the violations."""
    by_field: dict[str, str] = {}
    for violation in violations:
        for field, message in _messages(violation):
            by_field.setdefault(field, message)
    return [entry(field, message) for field, message in by_field.items()]


def _messages(violation: Violation) -> Iterator[tuple[str, str]]:
    field = _field(violation.pointer)
    rule: Mapping[str, Any] = violation.rule if isinstance(violation.rule, dict) else {}
    if (
        violation.location == "body"
        and field
        and violation.keyword in ("type", "enum")
        and violation.value is None
    ):
        yield field, required(field)  # a required member that is null counts as missing
    elif violation.keyword != "required":
        yield field, _message(field, violation.keyword, rule)
    elif isinstance(violation.value, dict):
        for name in rule.get("required", ()):
            if name not in violation.value:
                missing = f"{field}.{name}" if field else name
                yield missing, required(missing)
    else:
        yield field, required(field)


def _message(field: str, keyword: str, rule: Mapping[str, Any]) -> str:
    match keyword:
        case "type":
            return must_be(field, _type(rule.get("type")))
        case "enum":
            words = [str(word) for word in rule.get("enum", ()) if word not in ("", None)]
            return must_be(field, one_of(words)) if words else not_valid(field)
        case "minimum" | "maximum" if "minimum" in rule and "maximum" in rule:
            return must_be(field, f"between {rule['minimum']} and {rule['maximum']}")
        case "minLength" | "minItems":
            return required(field)
        case "maxItems":
            return must_be(field, f"an array with at most {rule['maxItems']} items")
        case "format" if rule.get("format") in _FORMATS:
            return f"The {field} field is not a valid {_FORMATS[rule['format']]}."
        case "unknown":
            return f"The {field} field is not known."
    return not_valid(field) if field else "The request body is not valid."


def _type(wanted: Any) -> str:
    kinds = wanted if isinstance(wanted, list) else [wanted]
    return one_of([_TYPES.get(kind, "valid") for kind in kinds if kind != "null"] or ["empty"])


def _field(pointer: str) -> str:
    """The path of a member as ASP.NET writes it: `consents[0].value`."""
    path = ""
    for token in parse_pointer(pointer) if pointer else ():
        path += f"[{token}]" if token.isdigit() else f".{token}" if path else token
    return path
