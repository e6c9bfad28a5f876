"""Routing: finds the operations of a path, exactly or with the leniency that the contract declares."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from mockserver.contract.operation import Operation

Methods = dict[str, Operation]

_PARAMETER: Final = "{}"


class Routes:
    """The paths of a contract.

    `leniency` is its `x-paths`: `ignore-case`, `trailing-slash`, and `prefixes`, which maps an accepted
    prefix to the contract's prefix. With `reserved-segments`, the literal segment of one path never stands
    for a parameter of another: with `/books/{id}` and `/books/search`, `/books/search/pages` is an unknown
    path. With `standard-methods`, HEAD is routed as GET, and every path supports OPTIONS. `aliases` are
    further paths of a path's operations (`x-aliases`); `catches` are templates at and below which a path's
    operations answer every path that no other has (`x-catches`).
    """

    def __init__(
        self,
        operations: Iterable[Operation],
        leniency: Mapping[str, Any],
        aliases: Mapping[str, Iterable[str]],
        catches: Mapping[str, Iterable[str]],
    ) -> None:
        self._ignore_case = bool(leniency.get("ignore-case", False))
        self._trailing_slash = bool(leniency.get("trailing-slash", False))
        self.standard_methods: bool = bool(leniency.get("standard-methods", False))
        self._prefixes = [
            (f"{self._fold_case(given)}/", f"{own}/") for given, own in leniency.get("prefixes", {}).items()
        ]
        table: dict[str, Methods] = {}
        for operation in operations:
            for path in (operation.path, *aliases.get(operation.path, ())):
                one = replace(operation, path=path, ignore_case=self._ignore_case)
                table.setdefault(path, {})[operation.method] = one
        self._static = {self._fold_case(path): found for path, found in table.items() if "{" not in path}
        templated = [(path, found) for path, found in table.items() if "{" in path]
        most_literal_first = sorted(templated, key=lambda entry: (entry[0].count("{"), _bare(entry[0])))
        reserved = _Reserved(map(self._fold_case, table)) if leniency.get("reserved-segments") else None
        self._templated: list[tuple[Callable[[str], object], Methods]] = [
            (self._matcher(path, next(iter(found.values())), reserved), found)
            for path, found in most_literal_first
        ]
        self._templated += self._catch_alls(table, catches)

    def normalize(self, path: str) -> str:
        """The path in the contract's spelling, except for upper and lower case."""
        folded = self._fold_case(path) if self._prefixes else path
        for given, own in self._prefixes:
            if folded.startswith(given):
                path = own + path[len(given) :]
                break
        return path[:-1] if self._trailing_slash and path[1:].endswith("/") else path

    def find(self, method: str, path: str) -> Operation | tuple[str, ...]:
        """The operation of a normalized path, or the methods that the path supports (none: it is unknown)."""
        methods = self._methods(path)
        found = methods.get(method)
        if found is None:
            found = next((one for one in methods.values() if one.any_method), None)
        if found is None and method == "HEAD" and self.standard_methods:
            found = methods.get("GET")
        return found or self._supported(methods)

    def _methods(self, path: str) -> Methods:
        found = self._static.get(self._fold_case(path))
        if found is not None:
            return found
        for match, methods in self._templated:
            if match(path):
                return methods
        return {}

    def _supported(self, methods: Methods) -> tuple[str, ...]:
        names = {*methods}
        if names and self.standard_methods:
            names |= {"OPTIONS", *(["HEAD"] if "GET" in names else [])}
        return tuple(sorted(names))

    def _catch_alls(
        self, table: Mapping[str, Methods], catches: Mapping[str, Iterable[str]]
    ) -> Iterator[tuple[Callable[[str], object], Methods]]:
        for path, prefixes in catches.items():
            for prefix in prefixes:
                found = {method: one.below(prefix) for method, one in table[path].items()}
                yield next(iter(found.values())).match, found

    def _matcher(
        self, path: str, operation: Operation, reserved: "_Reserved | None"
    ) -> Callable[[str], object]:
        """The check whether a path fits this template."""
        places = reserved.places(self._fold_case(path)) if reserved else {}
        if not places:
            return operation.match
        fits, reserved_here = operation.match, list(places.items())

        def match(path: str) -> bool:
            if not fits(path):
                return False
            segments = self._fold_case(path).split("/")
            return not [place for place, literals in reserved_here if segments[place] in literals]

        return match

    def _fold_case(self, text: str) -> str:
        return text.lower() if self._ignore_case else text


class _Reserved:
    """The literal segments of all paths, by what precedes them."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._literals: dict[tuple[str, ...], set[str]] = {}
        for path in paths:
            segments = _segments(path)
            for place, segment in enumerate(segments):
                if segment != _PARAMETER:
                    self._literals.setdefault(segments[:place], set()).add(segment)

    def places(self, path: str) -> dict[int, set[str]]:
        """The places of the path's parameters, each with the segments reserved there."""
        segments = _segments(path)
        found = {
            place: self._literals.get(segments[:place], set())
            for place, segment in enumerate(segments)
            if segment == _PARAMETER
        }
        return {place: literals for place, literals in found.items() if literals}


def _bare(path: str) -> int:
    """The number of segments that are a parameter and nothing else: `{id}:cancel` goes before `{id}`."""
    return sum(segment.startswith("{") and segment.endswith("}") for segment in path.split("/"))


def _segments(path: str) -> tuple[str, ...]:
    return tuple(_PARAMETER if "{" in segment else segment for segment in path.split("/"))
