"""The impact of a changed contract on the clients whose needs are known."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from mockserver.contract.document import Document
from mockserver.formats.json_pointer import MISSING, resolve
from mockserver.needs.members import parse
from mockserver.needs.report import USED
from mockserver.needs.schema_view import Route, View, flatten, json_schemas, reply_schemas, routes, view

_SURVIVES: Final = ("same", "missed")


@dataclass(frozen=True)
class Impact:
    """A change that hits a test: of a member, or of the operation as a whole (`pointer` is empty)."""

    test: str
    operation: str
    pointer: str
    change: str
    what: str

    def as_json(self) -> dict[str, str]:
        """Its members."""
        return asdict(self)


class Change:
    """Two versions of a vendor's contract."""

    def __init__(self, old: Document, new: Document) -> None:
        self._old, self._new = old, new
        self._old_routes, self._new_routes = routes(old), routes(new)

    def impacts(self, tests: Sequence[Mapping[str, Any]], vendor: str | None = None) -> list[Impact]:
        """The parts of the change that hit the tests; `vendor` leaves out what they need of others."""
        return [
            Impact(test["test"], *one)
            for test in tests
            for operation, route in self.operations(test, vendor).items()
            for one in self._of_operation(operation, route, test, vendor)
        ]

    def operations(self, test: Mapping[str, Any], vendor: str | None = None) -> dict[str, Route]:
        """The operations of the old contract that a test calls, by the names in its needs."""
        found = {call["operation"]: self._called(call) for call in test["calls"] if _is_of(call, vendor)}
        return {operation: route for operation, route in found.items() if route is not None}

    def _called(self, call: Mapping[str, Any]) -> Route | None:
        """The operation of the old contract: by its name, else by the path of the call."""
        named = self._old_routes.get(call["operation"])
        if named is not None and named.method == call["method"]:
            return named
        fitting = [
            route
            for route in self._old_routes.values()
            if route.method == call["method"] and _matches(route.path, call["path"])
        ]
        return fitting[0] if fitting else None

    def _of_operation(
        self, operation: str, old: Route, test: Mapping[str, Any], vendor: str | None
    ) -> Iterator[tuple[str, str, str, str]]:
        new = self._find(operation, old)
        if new is None:
            yield operation, "", "removed", f"{old.method} {old.path} is gone"
            return
        mine = [one for one in test["calls"] if one["operation"] == operation and _is_of(one, vendor)]
        if (new.method, _shape(new.path)) != (old.method, _shape(old.path)):
            what = f"{old.method} {old.path} is now {new.method} {new.path}"
            yield operation, "", "moved", what
        for name in _newly_required(self._old, self._new, old, new, mine):
            yield operation, name, "required", "the call must send it now"
        statuses = {call["status"] for call in mine}
        schemas = reply_schemas(self._old, old, statuses), reply_schemas(self._new, new, statuses)
        for member in test["members"]:
            if member["operation"] != operation or not _is_of(member, vendor) or not member["used"]:
                continue
            before = view(self._old, schemas[0], member["pointer"])
            after = view(self._new, schemas[1], member["pointer"])
            for change, what in _compare(before, after, member["changes"]):
                yield operation, member["pointer"], change, what

    def _find(self, operation: str, old: Route) -> Route | None:
        """The operation in the new contract: by its method and path, else by its name."""
        same = [
            one
            for one in self._new_routes.values()
            if (one.method, _shape(one.path)) == (old.method, _shape(old.path))
        ]
        return same[0] if same else self._new_routes.get(operation)


def _is_of(entry: Mapping[str, Any], vendor: str | None) -> bool:
    return vendor is None or entry["vendor"] == vendor


def _matches(template: str, path: str) -> bool:
    """Whether a path, with or without the base path of a server, fits a template."""
    parts = ["[^/]+" if part == "{}" else re.escape(part) for part in _shape(template)]
    return re.fullmatch(f".*{'/'.join(parts)}", path) is not None


def _shape(path: str) -> list[str]:
    """The path without the names of its parameters."""
    return ["{}" if part.startswith("{") else part for part in path.split("/")]


def _compare(
    before: View | None, after: View | None, changes: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """The changes of a member, as far as the client's runs say that they matter."""
    if before is None:
        return
    if after is None:
        if _hurts(changes, "removed"):
            yield "removed", "it is gone"
        return
    added = after.types - before.types - ({"integer"} if "number" in before.types else frozenset())
    if before.types and (added or not after.types):
        yield "type", f"it was {_join(before.types)} and can be {_join(after.types) or 'anything'}"
    if after.nullable and not before.nullable and _hurts(changes, "nulled"):
        yield "null", "it can be null now"
    if before.values != after.values and (before.values or not added):
        new, gone = after.values - before.values, before.values - after.values
        words = [*(f"new {one}" for one in sorted(new)), *(f"gone {one}" for one in sorted(gone))]
        yield "enum", f"its values have changed: {', '.join(words)}"
    if before.required and not after.required and _hurts(changes, "removed"):
        yield "required", "it can be missing now"


def _hurts(changes: Mapping[str, Any], change: str) -> bool:
    """Whether the client failed after this change of the member, or was never tried."""
    outcome = changes.get(change, {"outcome": USED[0]})["outcome"]
    return outcome not in _SURVIVES


def _join(words: frozenset[str]) -> str:
    return " or ".join(sorted(words))


def _newly_required(
    old_document: Document, document: Document, old: Route, new: Route, calls: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """The query parameters and body members that a call must have now, and that some call has not."""
    before = _required_query(old_document, old)
    for name in sorted(_required_query(document, new) - before):
        if any(name not in dict(parse_qsl(call["query"], keep_blank_values=True)) for call in calls):
            yield f"?{name}"
    known = _required_members(old_document, old)
    for name in sorted(_required_members(document, new) - known):
        if any(resolve(parse(call["body"]), [name]) is MISSING for call in calls):
            yield f"/{name}"


def _required_query(document: Document, route: Route) -> set[str]:
    nodes = [*route.item.get("parameters", []), *route.node.get("parameters", [])]
    found = [document.resolve(node) for node in nodes]
    return {one["name"] for one in found if one.get("in") == "query" and one.get("required")}


def _required_members(document: Document, route: Route) -> set[str]:
    """The members at the top of the body that are required whatever alternative is chosen."""
    found = set()
    for schema in json_schemas(document, route.node.get("requestBody")):
        rules = [document.resolve(schema), *_parts(document, schema)]
        found |= {name for rule in rules if isinstance(rule, dict) for name in rule.get("required", ())}
    return found


def _parts(document: Document, schema: Any) -> list[Mapping[str, Any]]:
    whole = document.resolve(schema)
    parts = whole.get("allOf", ()) if isinstance(whole, dict) else ()
    return [rule for part in parts for rule in flatten(document, part)]
