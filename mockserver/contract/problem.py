"""A problem: a named error response of the contract, and the templates of its variable parts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from mockserver.errors import ContractViolationError
from mockserver.formats.json_pointer import parse_pointer, resolve

_ONE_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_PLACEHOLDERS = re.compile(r"\{(\w+)")


@dataclass(frozen=True)
class ProblemSpec:
    """Name, status and body of one problem; `fill` maps JSON pointers of the body to templates."""

    name: str
    status: int
    value: Any
    fill: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""

    @property
    def detail_names(self) -> list[str]:
        """The names of the details that its templates use."""
        return list(
            dict.fromkeys(name for text in self.fill.values() for name in _PLACEHOLDERS.findall(text))
        )

    def body(self, details: Mapping[str, Any], exact: bool = True) -> Any:
        """The body with its variable parts filled in.

        If a detail is missing, raises `ContractViolationError`, or keeps the example's value if not `exact`.
        """
        body = orjson.loads(orjson.dumps(self.value))
        for where, template in self.fill.items():
            if exact or details.keys() >= set(_PLACEHOLDERS.findall(template)):
                body = _replace(body, parse_pointer(where), self._fill(template, details))
        return body

    def _fill(self, template: str, details: Mapping[str, Any]) -> Any:
        whole = _ONE_PLACEHOLDER.fullmatch(template)
        try:
            return details[whole[1]] if whole else template.format_map(details)
        except KeyError as missing:
            raise ContractViolationError(f"problem {self.name} needs the detail {missing}") from None


def _replace(body: Any, tokens: list[str], value: Any) -> Any:
    if not tokens:
        return value
    container = resolve(body, tokens[:-1])
    container[int(tokens[-1]) if isinstance(container, list) else tokens[-1]] = value
    return body
