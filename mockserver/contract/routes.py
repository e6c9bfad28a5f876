"""Routing: finds the operations of a path, exactly or with the leniency that the contract declares."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from mockserver.contract.operation import Operation

Methods = dict[str, Operation]


class Routes:
    """The paths of a contract.

    `leniency` is its `x-paths`: `ignore-case`, `trailing-slash`, and `prefixes`, which maps an accepted
    prefix to the contract's prefix. `aliases` are further paths of a path's operations (`x-aliases`).
    """

    def __init__(
        self,
        operations: Iterable[Operation],
        leniency: Mapping[str, Any],
        aliases: Mapping[str, Iterable[str]],
    ) -> None:
        self._ignore_case = bool(leniency.get("ignore-case", False))
        self._trailing_slash = bool(leniency.get("trailing-slash", False))
        self._prefixes = [
            (self._fold_case(given), own) for given, own in leniency.get("prefixes", {}).items()
        ]
        table: dict[str, Methods] = {}
        for operation in operations:
            for path in (operation.path, *aliases.get(operation.path, ())):
                one = replace(operation, path=path, ignore_case=self._ignore_case)
                table.setdefault(path, {})[operation.method] = one
        self._static = {self._fold_case(path): found for path, found in table.items() if "{" not in path}
        templated = [(path, found) for path, found in table.items() if "{" in path]
        fewest_parameters_first = sorted(templated, key=lambda entry: entry[0].count("{"))
        self._templated = [(next(iter(found.values())).match, found) for _, found in fewest_parameters_first]

    def normalize(self, path: str) -> str:
        """The path in the contract's spelling, except for upper and lower case."""
        for given, own in self._prefixes:
            if self._fold_case(path).startswith(f"{given}/"):
                path = own + path[len(given) :]
                break
        return path[:-1] if self._trailing_slash and path[1:].endswith("/") else path

    def methods(self, path: str) -> Methods:
        """The operations of a normalized path by method; empty if the path is unknown."""
        found = self._static.get(self._fold_case(path))
        return found or next((methods for match, methods in self._templated if match(path)), {})

    def _fold_case(self, text: str) -> str:
        return text.lower() if self._ignore_case else text
