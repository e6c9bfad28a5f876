"""Mutants of contracts: every way to loosen or falsify one rule, as data."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final, NamedTuple

from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.lint.document_walker import SpecNode, walk
from mockserver.formats.json_pointer import format_pointer, resolve

_BOUNDS: Final = {
    "minimum": -1, "exclusiveMinimum": -1, "minLength": -1, "minItems": -1, "minProperties": -1,
    "maximum": 1, "exclusiveMaximum": 1, "maxLength": 1, "maxItems": 1, "maxProperties": 1,
}  # fmt: skip
_STATUSES: Final = {"200": "202", "201": "200", "204": "200", "400": "422", "404": "410", "409": "412"}

Change = Callable[[Any], None]
"""Changes the object at the mutant's location."""


class Mutant(NamedTuple):
    """One change of one object of a contract."""

    kind: str
    tokens: tuple[str, ...]
    detail: str
    change: Change

    @property
    def id(self) -> str:
        """Its name: the same for the same contract."""
        return f"{self.kind} {format_pointer([*self.tokens]) or '/'} {self.detail}".strip()

    def apply(self, root: dict[str, Any]) -> dict[str, Any]:
        """A changed copy of the document."""
        copy = deepcopy(root)
        self.change(resolve(copy, self.tokens))
        return copy


def mutants(contract: Contract) -> Iterator[Mutant]:
    """Every mutant of a contract, in the order of the document."""
    for node in walk(contract.name, contract.document.root):
        if isinstance(node.value, dict):
            for kind, detail, change in _of_node(node):
                yield Mutant(kind, node.tokens, detail, change)


def mutated(contract: Contract, mutant: Mutant) -> Contract:
    """The contract with one change."""
    return Contract(Document(mutant.apply(contract.document.root), contract.name))


_Found = Iterator[tuple[str, str, Change]]


def _of_node(node: SpecNode) -> _Found:
    if node.kind == "schema":
        yield from _of_schema(node.value)
    if node.kind == "operation":
        for status in node.value.get("responses", {}):
            yield "change-status", status, _rename("responses", status, _STATUSES.get(status, "418"))
    if node.kind == "media":
        for name in node.value.get("examples", {}):
            yield "drop-problem", name, _remove("examples", name)
    is_part = node.kind in ("parameter", "body", "header") and node.value.get("in") != "path"
    if is_part and node.value.get("required") is True:
        yield "drop-required", "itself", _set("required", False)
    if "x-source" in node.value and node.kind != "document":
        source = "observed" if node.value["x-source"] in ("docs", "inferred") else "docs"
        yield "swap-source", source, _set("x-source", source)


def _of_schema(value: Mapping[str, Any]) -> _Found:
    for name in value.get("required", ()):
        yield "drop-required", name, _drop_required(name)
    if "enum" in value:
        texts = [one for one in value["enum"] if isinstance(one, str)]
        new = f"{texts[-1]}_mutant" if texts else 4711
        yield "widen-enum", str(new), _append("enum", new)
    for word, step in _BOUNDS.items():
        if word in value and value[word] + step >= (
            0 if "m" in word[:1] and word[3:] in _COUNTED else -(2**60)
        ):
            yield "widen-bound", word, _set(word, value[word] + step)
    if value.get("additionalProperties") is False:
        yield "open-object", "", _delete("additionalProperties")
    if "type" in value:
        types = value["type"] if isinstance(value["type"], list) else [value["type"]]
        new_type = next(one for one in ("null", "string", "integer", "array") if one not in types)
        yield "union-type", new_type, _set("type", [*types, new_type])
    if "pattern" in value:
        loose = value["pattern"].removesuffix("$")
        loose = loose if loose != value["pattern"] else value["pattern"].removeprefix("^")
        yield "loosen-pattern", loose, _set("pattern", loose if loose != value["pattern"] else "")


_COUNTED: Final = ("Length", "Items", "Properties")


def _set(member: str, new: Any) -> Change:
    return lambda node: node.update({member: new})


def _delete(member: str) -> Change:
    return lambda node: node.pop(member)


def _append(member: str, new: Any) -> Change:
    return lambda node: node[member].append(new)


def _remove(member: str, name: str) -> Change:
    return lambda node: node[member].pop(name)


def _rename(member: str, old: str, new: str) -> Change:
    def change(node: Any) -> None:
        # a status that the operation has already gets a digit that no operation has
        to = new if new not in node[member] else "299" if new.startswith("2") else "499"
        node[member] = {to if name == old else name: one for name, one in node[member].items()}

    return change


def _drop_required(name: str) -> Change:
    def change(node: Any) -> None:
        node["required"] = [one for one in node["required"] if one != name]

    return change
