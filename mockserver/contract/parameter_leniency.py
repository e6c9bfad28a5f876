"""Leniency in the names and values of parameters, as a contract's `x-parameters` declares it.

Handlers and schemas see the contract's own spelling, whatever the caller wrote.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.errors import InvalidContractError

Resolve = Callable[[Any], Any]
"""Returns the target of a reference, and any other schema as it is."""

MEMBERS: Final = ("ignore-case-names", "ignore-case-values", "uuid-forms")

_DASHED: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_PLAIN: Final = re.compile(r"[0-9a-f]{32}", re.ASCII | re.IGNORECASE)
_BRACKETS: Final = ("{}", "()")


@dataclass(frozen=True)
class ParameterLeniency:
    """The spellings that a vendor accepts: names of query parameters in any case, booleans and words of an
    enumeration in any case, UUIDs in upper case, without dashes or in brackets.
    """

    ignore_case_names: bool = False
    ignore_case_values: bool = False
    uuid_forms: bool = False

    @classmethod
    def read(cls, node: Mapping[str, Any], where: str) -> "ParameterLeniency":
        """The leniency that `x-parameters` declares. Raises `InvalidContractError` for an unknown member."""
        for name in node:
            if name not in MEMBERS:
                fix = f"use {', '.join(MEMBERS)}"
                raise InvalidContractError(where, f"x-parameters has the unknown member {name}", fix)
        return cls(*(bool(node.get(name, False)) for name in MEMBERS))

    def spelling(self, schema: Any, resolve: Resolve) -> Callable[[str], str] | None:
        """The function that turns a value into the contract's spelling; None if no value changes."""
        alternatives = list(_alternatives(schema, resolve))
        words = {word.lower(): word for one in alternatives for word in _words(one)}
        words = words if self.ignore_case_values else {}
        has_uuid = self.uuid_forms and any(one.get("format") == "uuid" for one in alternatives)
        if not words and not has_uuid:
            return None

        def spell(text: str) -> str:
            return (read_uuid(text) if has_uuid else None) or words.get(text.lower(), text)

        return spell


def fold_names(query: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The parameters of a query by their names in lower case."""
    folded: dict[str, list[str]] = {}
    for name, texts in query.items():
        folded.setdefault(name.lower(), []).extend(texts)
    return folded


def read_uuid(text: str) -> str | None:
    """The UUID in lower case with dashes, from any form of it; None if the text is not a UUID."""
    in_brackets = text[:1] + text[-1:] in _BRACKETS
    bare = text[1:-1] if in_brackets else text
    if _DASHED.fullmatch(bare):
        return bare.lower()
    if in_brackets or not _PLAIN.fullmatch(bare):
        return None
    digits = bare.lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _alternatives(schema: Any, resolve: Resolve) -> Iterator[Mapping[str, Any]]:
    """The schema and those of its alternatives and items."""
    if isinstance(schema, dict):
        yield schema
        below = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), schema.get("items")]
        for one in below:
            yield from _alternatives(resolve(one), resolve)


def _words(schema: Mapping[str, Any]) -> Iterator[str]:
    if schema.get("type") == "boolean":
        yield from ("true", "false")
    yield from (word for word in schema.get("enum", ()) if isinstance(word, str))
