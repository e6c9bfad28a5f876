"""Finds the resources of a document: what is stored, and what each operation does to it."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.contract.operation import is_json, is_parsed
from mockserver.contract.xml_body import is_xml
from mockserver.scaffold.paging_discovery import find_filters, find_pages
from mockserver.scaffold.schema_reading import SchemaReader, plain, snake
from mockserver.scaffold.source_operations import SourceOperation, SourceReply

_ITEM: Final = re.compile(r"(?P<above>.*)/\{(?P<parameter>[^{}/]*)\}")
_PARAMETERS: Final = re.compile(r"\{([^{}]+)\}")
_OK: Final = {"create": ("201", "200", "202"), "delete": ("204", "200", "202")}


@dataclass
class Resource:
    """One kind of records, and the operations on it: `x-resource` by operationId."""

    name: str
    shape: str
    noun: str
    id: str
    ids: str
    schema: Any
    actions: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def can_create(self) -> bool:
        """Whether callers can add records."""
        return any(one["does"] == "create" for one in self.actions.values())

    def does(self, action: str) -> list[str]:
        """The operations that do this."""
        return [id for id, one in self.actions.items() if one["does"] == action]


class ResourceDiscovery:
    """Proposes the resources of a list of operations."""

    def __init__(self, operations: list[SourceOperation], reader: SchemaReader) -> None:
        self._reader = reader
        self._by_shape: dict[str, dict[str, SourceOperation]] = {}
        for one in operations:
            self._by_shape.setdefault(shape_of(one.path), {})[one.method] = one
        self.resources: dict[str, Resource] = {}
        self._items: dict[str, Resource] = {}

    def find(self) -> dict[str, Resource]:
        """The resources by name."""
        for shape in sorted(self._by_shape, key=lambda one: one.count("/")):
            item = _ITEM.fullmatch(shape)
            if item is not None:
                self._find_at(shape, item["above"] or "/")
        for shape, methods in self._by_shape.items():
            for operation in methods.values():
                if not any(operation.id in one.actions for one in self.resources.values()):
                    self._find_elsewhere(shape, operation)
        return self.resources

    def action_of(self, operation: SourceOperation) -> dict[str, Any] | None:
        """The `x-resource` of an operation; None if it fits no resource."""
        found = (one.actions.get(operation.id) for one in self.resources.values())
        return next(filter(None, found), None)

    def _find_at(self, item_shape: str, above: str) -> None:
        items, collection = self._by_shape[item_shape], self._by_shape.get(above, {})
        path = next(iter(items.values())).path
        match = _ITEM.fullmatch(path)
        noun = next((one for one in reversed(above.split("/")) if one and "{" not in one), "records")
        parameter = match["parameter"] if match else ""
        schema = self._record_schema(items, collection, parameter, noun)
        id = self._reader.id_member(schema, parameter, noun) if schema is not None else None
        if id is None:
            return
        resource = Resource(
            self._free(snake(noun), above), above, noun, id, self._kind_of(schema, id), schema
        )
        for operation in items.values():
            self._add(resource, operation, self._item_action(resource, operation), parameter=True)
        for operation in collection.values():
            self._add(resource, operation, self._collection_action(resource, operation))
        does = {one["does"] for one in resource.actions.values()}
        if len(does) > 1 and does & {"create", "list", "replace"}:
            self.resources[resource.name] = self._items[item_shape] = resource
            for action in resource.actions.values() if "create" not in does else ():
                action |= {"creates": True} if action["does"] == "replace" else {}

    def _record_schema(
        self,
        items: dict[str, SourceOperation],
        collection: dict[str, SourceOperation],
        parameter: str,
        noun: str,
    ) -> Any:
        """The schema of a record: of the reply that reads one, creates one, changes one or lists them."""
        sources = [items.get("get"), collection.get("post"), items.get("patch"), items.get("put")]
        for operation in filter(None, sources):
            schema = reply_schema(operation)
            for one in (schema, *self._reader.members(schema).values()):
                if self._reader.is_object(one) and self._reader.id_member(one, parameter, noun):
                    return one
        listing = collection.get("get")
        found = self._reader.list_place(reply_schema(listing)) if listing else None
        if found:
            return found[1]
        bodies = [one for one in (collection.get("post"), items.get("put")) if one and one.body]
        return next((body_schema(one) for one in bodies if self._reader.is_object(body_schema(one))), None)

    def _kind_of(self, schema: Any, id: str) -> str:
        flat = self._reader.flat(self._reader.members(schema)[id])
        if self._reader.types(flat) <= {"integer", "number"}:
            return "number"
        return "uuid" if flat.get("format") == "uuid" else "text"

    def _item_action(self, resource: Resource, operation: SourceOperation) -> str | None:
        takes_record = self._takes_record(resource, operation)
        if operation.method == "get":
            where = self._reader.record_place(reply_schema(operation), resource.id)
            return None if where is None else "read"
        if operation.method == "delete":
            return "delete"
        if operation.method == "post":
            taken = {"put", "patch"} & self._by_shape[shape_of(operation.path)].keys()
            return "update" if takes_record and not taken else None
        return {"patch": "update", "put": "replace"}.get(operation.method) if takes_record else None

    def _collection_action(self, resource: Resource, operation: SourceOperation) -> str | None:
        if operation.method == "get":
            return "list" if self._reader.list_place(reply_schema(operation)) else None
        if not self._takes_record(resource, operation):
            return None
        if operation.method == "post":
            return "create"
        has_id = resource.id in self._reader.members(body_schema(operation))
        return {"put": "replace", "patch": "update"}.get(operation.method) if has_id else None

    def _takes_record(self, resource: Resource, operation: SourceOperation) -> bool:
        """Whether the body is a record, or has one in a member."""
        return self._sent_place(resource, operation) is not None

    def _sent_place(self, resource: Resource, operation: SourceOperation) -> str | None:
        schema, members = body_schema(operation), self._reader.members(resource.schema)
        if schema is None or not self._reader.is_object(schema):
            return None
        own = self._reader.members(schema)
        if own.keys() & members.keys():
            return ""
        for name, one in own.items():
            if self._reader.is_object(one) and self._reader.members(one).keys() & members.keys():
                return f"/{name}"
        return None

    def _add(
        self, resource: Resource, operation: SourceOperation, does: str | None, *, parameter: bool = False
    ) -> None:
        if does is None:
            return
        action: dict[str, Any] = {"collection": resource.name, "does": does}
        names = _PARAMETERS.findall(operation.path)
        if parameter:
            action["id"] = names.pop()
        elif does in ("update", "replace"):
            action["id"] = f"/{resource.id}"
        if names:
            action["within"] = [self._enclosing(operation.path, name) for name in names]
        self._place(resource, operation, action)
        resource.actions[operation.id] = action

    def _place(self, resource: Resource, operation: SourceOperation, action: dict[str, Any]) -> None:
        """Where the record is in the body and in the reply, and how a list is paged and filtered."""
        sent = (
            self._sent_place(resource, operation) if action["does"] in ("create", "update", "replace") else ""
        )
        if sent:
            action["sent"] = sent
        schema = reply_schema(operation, action["does"])
        if action["does"] == "list":
            found = self._reader.list_place(schema)
            action |= {"items": found[0]} if found and found[0] else {}
            action |= find_pages(operation, schema, self._reader)
            action |= find_filters(operation, resource.schema, action.get("pages", {}), self._reader)
        else:
            where = self._reader.record_place(schema, resource.id) if schema is not True else ""
            action |= {} if where is None else {"item": where}

    def _enclosing(self, path: str, name: str) -> dict[str, str]:
        above = path[: path.index(f"{{{name}}}") + len(name) + 2]
        parent = self._items.get(shape_of(above))
        return {"parameter": name, **({"collection": parent.name} if parent else {})}

    def _find_elsewhere(self, shape: str, operation: SourceOperation) -> None:
        """Lists and creations of known records at another path, such as those of one enclosing record."""
        found = self._reader.list_place(reply_schema(operation)) if operation.method == "get" else None
        schema = found[1] if found else reply_schema(operation)
        if _ITEM.fullmatch(shape) or not isinstance(schema, dict) or "$ref" not in schema:
            return
        for resource in self.resources.values():
            members = {plain(name): name for name in self._reader.members(resource.schema)}
            names = _PARAMETERS.findall(operation.path)
            given = {name: members[plain(name)] for name in names if plain(name) in members}
            if resource.schema != schema or len(given) < len(names) or "{" in resource.shape:
                continue
            creates = operation.method == "post" and given and self._takes_record(resource, operation)
            if found is None and not creates:
                continue
            action = {"collection": resource.name, "does": "list" if found else "create"}
            self._place(resource, operation, action)
            filters = {**given, **action.get("filters", {})}  # type: ignore[dict-item]
            resource.actions[operation.id] = {**action, **({"filters": filters} if filters else {})}
            return

    def _free(self, wanted: str, above: str) -> str:
        if wanted in self.resources:
            words = [one for one in above.split("/") if one and "{" not in one]
            wanted = snake("_".join(words[-2:]))
        name, number = wanted, 2
        while name in self.resources:
            name, number = f"{wanted}_{number}", number + 1
        return name


def shape_of(path: str) -> str:
    """The path without the names of its parameters."""
    return _PARAMETERS.sub("{}", path.rstrip("/") or "/")


def success_of(operation: SourceOperation, does: str = "") -> tuple[str, SourceReply | None]:
    """Status and documented reply of success; None if the document has none."""
    replies = operation.replies
    good = [status for status in replies if status[0] == "2"]
    chosen = next((status for status in _OK.get(does, ()) if status in good), good[0] if good else None)
    if chosen is not None:
        return chosen.replace("XX", "00"), replies[chosen]
    default = replies.get("default")
    is_alone = default is not None and (len(replies) == 1 or not default.content)
    if default is not None and is_alone and "error" not in default.description.lower():
        return "200", default
    return {"create": "201", "delete": "204"}.get(does, "200"), None


def reply_schema(operation: SourceOperation, does: str = "") -> Any:
    """The schema of the successful reply in JSON or XML; True if it describes none."""
    _status, reply = success_of(operation, does)
    content = reply.content.items() if reply else ()
    found = (one.schema for name, one in content if is_json(name) or is_xml(name))
    return next(found, True)


def body_schema(operation: SourceOperation) -> Any:
    """The schema of the body in JSON, XML or a form; None if it takes none."""
    content = operation.body.content.items() if operation.body else ()
    found = (one.schema for name, one in content if is_parsed(name))
    return next(found, None)
