"""The handlers of the operations that a contract describes by `x-resource`."""

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.call import NOTHING, Call, Reply
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation, is_json
from mockserver.contract.sample_value import Sampler
from mockserver.contract.schema import Schema
from mockserver.errors import InvalidContractError
from mockserver.formats.json_pointer import MISSING
from mockserver.formats.suggestions import nearest
from mockserver.resources.record_store import RecordStore
from mockserver.resources.resource_handlers import ResourceHandler
from mockserver.resources.resource_spec import (
    ACTIONS,
    PAGE_MEMBERS,
    OperationSpec,
    ResourceSpec,
    read_operations,
    read_resources,
)
from mockserver.state.world import World

Handler = Callable[[Call, Any], object]


class ResourceEngine:
    """The resources of one contract, and a handler for each operation that works on one.

    A handler that the vendor writes itself takes the place of the engine's.
    """

    def __init__(self, contract: Contract) -> None:
        """Raises `InvalidContractError` for an `x-resource` that cannot be kept."""
        self._contract = contract
        self.resources: Mapping[str, ResourceSpec] = read_resources(contract)
        self.operations: Mapping[str, OperationSpec] = read_operations(contract)
        for name, spec in self.operations.items():
            self._check(name, spec)

    def handlers(self) -> dict[str, Handler]:
        """The handler of each operation with an `x-resource`, by its id."""
        return {name: self._handler(name, spec) for name, spec in self.operations.items()}

    def populate(self, world: World) -> None:
        """Stores the records that a world starts with."""
        for resource in self.resources.values():
            store = RecordStore(world, resource)
            for one in resource.start:
                record = dict(one["record"])
                store.add(one.get("within", ()), record[resource.id], record)

    def _handler(self, name: str, spec: OperationSpec) -> Handler:
        operation = self._contract.operations[name]
        if spec.does == "example":
            return _ExampleHandler(self._contract, operation)
        rules = self._id_rules(spec.collection)
        return ResourceHandler(self._contract, operation, spec, self.resources, rules, self._cascade)

    def _id_rules(self, collection: str) -> list[Schema]:
        """The schemas of the parameters that select a record: its id has to fit them."""
        return [
            parameter.schema
            for name, spec in self.operations.items()
            for parameter in self._contract.operations[name].parameters
            if spec.collection == collection and parameter.name == spec.id
        ]

    def _cascade(self, world: World, name: str, within: tuple[Any, ...]) -> None:
        """Removes the records that are within a removed one."""
        below = {
            spec.collection
            for spec in self.operations.values()
            if len(spec.within) == len(within) and spec.within and spec.within[-1][1] == name
        }
        for child in sorted(below):
            store = RecordStore(world, self.resources[child])
            for one in list(store.iterate(within)):
                id = one.record[self.resources[child].id]
                store.remove(within, id)
                self._cascade(world, child, (*within, id))

    def _check(self, name: str, spec: OperationSpec) -> None:
        """Raises `InvalidContractError` for what the engine would ignore or fail on."""
        where = f"{self._contract.name} {name} x-resource"
        if spec.does not in ACTIONS:
            raise InvalidContractError(where, f"does {spec.does!r}", f"use one of {', '.join(ACTIONS)}")
        named = (
            [] if spec.does == "example" else [spec.collection, *(one for _name, one in spec.within if one)]
        )
        for one in named:
            if one not in self.resources:
                fix = f"name one of x-resources, such as {nearest(one, self.resources)}"
                raise InvalidContractError(where, f"names the unknown collection {one!r}", fix)
        self._check_names(where, self._contract.operations[name], spec)

    @staticmethod
    def _check_names(where: str, operation: Operation, spec: OperationSpec) -> None:
        parameters = {one.name for one in operation.parameters}
        named = [one for one, _collection in spec.within]
        named += [] if not spec.id or spec.id.startswith("/") else [spec.id]
        named += [*(spec.pages or {}).values(), *(spec.filters or {})]
        for one in named:
            if one not in parameters:
                fix = "name a parameter of the operation"
                raise InvalidContractError(where, f"names the unknown parameter {one!r}", fix)
        for role in spec.pages or {}:
            if role not in PAGE_MEMBERS:
                fix = f"use {', '.join(PAGE_MEMBERS)}"
                raise InvalidContractError(where, f"has the unknown member {role!r} of pages", fix)
        for one in filter(None, (spec.missing, spec.taken)):
            if one not in operation.problems:
                fix = "list it in a response"
                raise InvalidContractError(where, f"names the problem {one!r}, which is not listed", fix)
        needs_missing = spec.does in ("read", "update", "delete") or (
            spec.does == "replace" and not spec.creates
        )
        if needs_missing and not spec.missing:
            fix = "add `missing`, the problem for a record that does not exist"
            raise InvalidContractError(where, f"does not say what {spec.does} answers then", fix)
        if spec.does in ("read", "update", "replace", "delete") and not spec.id:
            raise InvalidContractError(where, "does not say where the id is", "add `id`, a parameter")


class _ExampleHandler:
    """Answers the example of the successful reply."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._contract = contract
        self._operation = operation

    def __call__(self, call: Call, world: Any) -> object:
        """The example that the contract gives, else one made from the schema."""
        call.remarks.append(f"{self._operation.id} answers an example; it keeps no state")
        spec = self._operation.replies[str(self._operation.success_status)]
        if spec.media_type is None or spec.schema is None:
            return NOTHING
        value = self._example()
        if value is MISSING:
            value = Sampler(spec.schema.components).sample(spec.schema.schema)
        if is_json(spec.media_type):
            return Reply(None if value is MISSING else value)
        return Reply(value.encode() if isinstance(value, str) else b"")

    def _example(self) -> Any:
        for _path, _method, _item, node in self._contract.operation_nodes():
            if node["operationId"] == self._operation.id:
                reply = self._contract.document.resolve(
                    node["responses"][str(self._operation.success_status)]
                )
                for media in reply.get("content", {}).values():
                    return media.get("example", MISSING)
        return MISSING
