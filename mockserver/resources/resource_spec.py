"""The resources of a contract (`x-resources`), and the effect of its operations on them (`x-resource`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.contract.contract import Contract

ACTIONS: Final = ("create", "read", "list", "update", "replace", "delete", "example")
"""The actions of operations; `example` answers the example of its reply, whatever the call."""

IDS: Final = ("number", "text", "uuid")
"""How the ids of new records are made."""

OPERATION_MEMBERS: Final = (
    *("collection", "does", "id", "within", "sent", "item", "items", "pages", "total", "next", "more"),
    *("filters", "missing", "taken", "creates"),
)
PAGE_MEMBERS: Final = ("limit", "offset", "page", "cursor")


@dataclass(frozen=True)
class ResourceSpec:
    """One kind of stored records.

    `id` is the member with the id of a record, `schema` the name of its schema in `components/schemas` or a
    schema. `start` are the records of a new world.
    """

    name: str
    id: str
    ids: str
    schema: Any
    start: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class OperationSpec:
    """The effect of one operation.

    `id` is the path or query parameter with the id, or a pointer into the body. `within` are the path
    parameters of the enclosing records, with their collections ("" if unknown), the outermost first. `sent`
    is a pointer into the body, `item`, `items`, `total`, `next` and `more` are pointers into the reply;
    `item` is None if the reply does not show the record. `pages` maps `limit`, `offset`, `page` and `cursor`
    to query parameters, `filters` query parameters to members of the record. `missing` and `taken` are
    problems.
    With `creates`, replacing a record that does not exist creates it.
    """

    does: str
    collection: str = ""
    id: str = ""
    within: tuple[tuple[str, str], ...] = ()
    sent: str = ""
    item: str | None = None
    items: str = ""
    pages: Mapping[str, str] | None = None
    total: str | None = None
    next: str | None = None
    more: str | None = None
    filters: Mapping[str, str] | None = None
    missing: str = ""
    taken: str = ""
    creates: bool = False


def read_resources(contract: Contract) -> dict[str, ResourceSpec]:
    """The resources by name."""
    return {
        name: ResourceSpec(name, node["id"], node["ids"], node["schema"], tuple(node.get("start", ())))
        for name, node in contract.document.root.get("x-resources", {}).items()
    }


def read_operations(contract: Contract) -> dict[str, OperationSpec]:
    """The effect of each operation that has an `x-resource`, by its id."""
    nodes = {node["operationId"]: node["x-resource"] for *_place, node in _operations(contract)}
    return {name: _operation(node) for name, node in nodes.items()}


def _operations(contract: Contract) -> Any:
    return (one for one in contract.operation_nodes() if "x-resource" in one[-1])


def _operation(node: Mapping[str, Any]) -> OperationSpec:
    given = {name: value for name, value in node.items() if name in OPERATION_MEMBERS}
    within = tuple((one["parameter"], one.get("collection", "")) for one in given.pop("within", ()))
    return OperationSpec(within=within, **given)
