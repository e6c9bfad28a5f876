"""Handlers of operations on stored records: create, read, list, update, replace, delete."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final

from mockserver.call import NOTHING, Call, Reply
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation, ReplySpec, is_json
from mockserver.contract.sample_value import fits
from mockserver.contract.schema import Schema
from mockserver.contract.xml_body import is_xml
from mockserver.errors import ContractViolationError, Problem
from mockserver.formats.json_pointer import MISSING, json_equal, resolve
from mockserver.resources import pages
from mockserver.resources.record_store import RecordStore, times
from mockserver.resources.resource_spec import OperationSpec, ResourceSpec
from mockserver.resources.shapes import Shape, items_of, put, schema_at
from mockserver.state.records import Record
from mockserver.state.world import World

Cascade = Callable[[World, str, tuple[Any, ...]], None]
_MAX_DIGITS: Final = 1_000


class ResourceHandler:
    """The handler of one operation.

    `id_rules` are the schemas of the parameters that select a record; `cascade` removes what is within a
    removed record.
    """

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        spec: OperationSpec,
        resources: Mapping[str, ResourceSpec],
        id_rules: list[Schema],
        cascade: Cascade,
    ) -> None:
        self._operation = operation
        self._spec = spec
        self._resources = resources
        self._resource = resources[spec.collection]
        self._id_rules = id_rules
        self._cascade = cascade
        self._components: dict[str, Any] = contract.document.root.get("components", {}).get("schemas", {})
        self._record = Shape(self._resource.schema, self._components)
        self._reply: ReplySpec = operation.replies[str(operation.success_status)]
        schema = self._reply.schema.schema if self._reply.schema else True
        self._whole = Shape(schema, self._components)
        self._shown = self._shape(schema, spec.items if spec.does == "list" else spec.item or "")
        if spec.does == "list":
            self._shown = Shape(items_of(self._shown.schema.schema, self._components), self._components)
        body = operation.body.value_schema if operation.body else None
        self._sent = (
            Shape(schema_at(body.schema, spec.sent, self._components), self._components) if body else None
        )

    def __call__(self, call: Call, world: World) -> object:
        """The reply to one call."""
        within = self._enclosing(call, world)
        store = RecordStore(world, self._resource)
        does: Callable[[Call, World, RecordStore, tuple[Any, ...]], object] = getattr(
            self, f"_{self._spec.does}"
        )
        return does(call, world, store, within)

    def _create(self, call: Call, world: World, store: RecordStore, within: tuple[Any, ...]) -> object:
        sent, member = self._sent_members(call), self._resource.id
        sample = self._sample()
        id = sent.get(member)
        if id is None:
            rules = [one for one in (self._record.member(member), self._shown.member(member)) if one]
            id = store.fresh_id(within, rules, self._id_rules, sample.get(member))
        elif self._spec.taken and store.get(within, id) is not None:
            details = _details(id, self._spec.collection)
            raise Problem(
                self._spec.taken, **{**details, "reason": f"{id} exists in {self._spec.collection} already"}
            )
        stamped = times(self._record, world.now(), created=True)
        record = {**stamped, **sent, **self._parents(within), **self._tests(call), member: id}
        record = self._record.fit(record, fixed=member)
        store.add(within, record[member], record)
        return self._answer(record)

    def _read(self, call: Call, world: World, store: RecordStore, within: tuple[Any, ...]) -> object:
        return self._answer(self._found(call, store, within)[1])

    def _list(self, call: Call, world: World, store: RecordStore, within: tuple[Any, ...]) -> object:
        page, tests = pages.Page.read(self._spec, call.params), self._tests(call)
        if tests:
            records = [one.record for one in store.iterate(within) if _passes(one.record, tests)]
            total, chosen = len(records), pages.cut(page, records)
        else:
            total = store.count(within)
            chosen = [one.record for one in store.page(within, page.limit, page.skip)]
        items = [self._shown.fit(one, fixed=self._resource.id) for one in chosen]
        if not self._spec.items:
            return items
        reply = self._envelope()
        put(reply, self._spec.items, items)
        return pages.describe(
            self._spec, call, page, total, reply, self._whole.schema.schema, self._components
        )

    def _update(self, call: Call, world: World, store: RecordStore, within: tuple[Any, ...]) -> object:
        id, record = self._found(call, store, within)
        sent = {name: value for name, value in self._sent_members(call).items() if name != self._resource.id}
        stamped = times(self._record, world.now(), created=False)
        return self._store_change(store, within, id, {**record, **stamped, **sent})

    def _replace(self, call: Call, world: World, store: RecordStore, within: tuple[Any, ...]) -> object:
        id = self._id(call)
        record = store.get(within, id)
        sent = self._sent_members(call)
        kept = dict[str, Any](times(self._record, world.now(), created=True))
        if record is None:
            if not self._spec.creates:
                raise Problem(self._spec.missing, **_details(id, self._spec.collection))
            id = self._new_id(id)
        else:
            id = record[self._resource.id]
            changeable = self._sent.properties.keys() - self._sent.read_only if self._sent else frozenset()
            # The time of its creation stays, though a caller might set it.
            kept = {name: one for name, one in record.items() if name in kept or name not in changeable}
        stamped = times(self._record, world.now(), created=False)
        return self._store_change(store, within, id, {**kept, **stamped, **sent})

    def _delete(self, call: Call, world: World, store: RecordStore, within: tuple[Any, ...]) -> object:
        id, record = self._found(call, store, within)
        store.remove(within, id)
        self._cascade(world, self._spec.collection, (*within, id))
        return self._answer(record)

    def _store_change(self, store: RecordStore, within: tuple[Any, ...], id: Any, record: Record) -> object:
        record = {**record, **self._parents(within), self._resource.id: id}
        record = self._record.fit(record, fixed=self._resource.id)
        store.add(within, id, record)
        return self._answer(record)

    def _enclosing(self, call: Call, world: World) -> tuple[Any, ...]:
        """The ids of the enclosing records. Raises the problem of a missing one."""
        within: tuple[Any, ...] = ()
        for parameter, collection in self._spec.within:
            id = call.params[parameter]
            parent = self._resources.get(collection)
            if (
                parent is not None
                and RecordStore(world, parent).get(within, id) is None
                and self._spec.missing
            ):
                raise Problem(self._spec.missing, **_details(id, collection))
            within = (*within, id)
        return within

    def _found(self, call: Call, store: RecordStore, within: tuple[Any, ...]) -> tuple[Any, Record]:
        id = self._id(call)
        record = store.get(within, id)
        if record is None:
            raise Problem(self._spec.missing, **_details(id, self._spec.collection))
        return record[self._resource.id], record

    def _id(self, call: Call) -> Any:
        where = self._spec.id
        return resolve(call.body, where) if where.startswith("/") else call.params.get(where)

    def _new_id(self, given: Any) -> Any:
        """The id as a new record has it: a number, where the parameter is its text, or the other way round.

        Raises the problem of an invalid call where the record cannot have the id.
        """
        rule = self._record.member(self._resource.id)
        text = str(given)
        # Python reads no number of more than some thousand digits.
        is_number = len(text) <= _MAX_DIGITS and text.isdecimal() and str(int(text)) == text
        for one in (given, *([int(text)] if is_number else []), text):
            if rule is None or fits(rule, one):
                return one
        problem = self._operation.conditions.get("call_invalid", "")
        if problem not in self._operation.problems:
            return given
        raise Problem(problem, reason=f"{given} is not an id of {self._spec.collection}")

    def _sent_members(self, call: Call) -> dict[str, Any]:
        """The members that the caller sets: those that are read-only, or that no reply has, are left out."""
        sent = resolve(call.body, self._spec.sent) if call.body is not None else {}
        ignored = self._sent.read_only | self._sent.write_only if self._sent else frozenset()
        members = sent.items() if isinstance(sent, dict) else ()
        return {name: value for name, value in members if name not in ignored | self._record.read_only}

    def _parents(self, within: tuple[Any, ...]) -> dict[str, Any]:
        """The members of the record that hold the id of an enclosing one, by the name of the parameter."""
        named = zip((name for name, _collection in self._spec.within), within, strict=True)
        return {
            name: id
            for name, id in named
            if name != self._resource.id and (rule := self._record.member(name)) and fits(rule, id)
        }

    def _tests(self, call: Call) -> dict[str, Any]:
        """The members that a list is filtered by, with the values that they may have."""
        named = (self._spec.filters or {}).items()
        return {member: call.params[name] for name, member in named if name in call.params}

    def _sample(self) -> dict[str, Any]:
        sample = self._record.sample()
        if not isinstance(sample, dict):
            where, reason = f"{self._operation.id}", "no value fits the schema of the record"
            raise ContractViolationError(f"{where}: {reason}; change the schema, or write a handler")
        return sample

    def _answer(self, record: Mapping[str, Any]) -> object:
        """The successful reply that shows the record."""
        if self._reply.schema is None:
            return NOTHING
        if self._reply.media_type and not (is_json(self._reply.media_type) or is_xml(self._reply.media_type)):
            return Reply(b"")
        if self._spec.item is None:
            sample = self._whole.sample()
            alike = {name: value for name, value in record.items() if name in self._whole.properties}
            fitted = self._whole.fit({**sample, **alike}) if isinstance(sample, dict) else sample
            return None if fitted is MISSING else fitted
        shown = self._shown.fit(record, fixed=self._resource.id)
        return put(self._envelope(), self._spec.item, shown) if self._spec.item else shown

    def _envelope(self) -> Any:
        """A fresh reply around the record or the list."""
        sample = self._whole.sample()
        return deepcopy(sample) if isinstance(sample, dict) else {}

    def _shape(self, schema: Any, pointer: str) -> Shape:
        return Shape(schema_at(schema, pointer, self._components), self._components)


def _details(id: Any, collection: str) -> dict[str, Any]:
    return {"id": id, "collection": collection, "reason": f"{id} does not exist in {collection}"}


def _passes(record: Mapping[str, Any], tests: Mapping[str, Any]) -> bool:
    """Whether the record has one of the wanted values in each member."""
    for member, wanted in tests.items():
        allowed = wanted if isinstance(wanted, list) else [wanted]
        value = record.get(member)
        values = value if isinstance(value, list) else [value]
        names = [one.get("name") for one in values if isinstance(one, dict)]
        if not any(json_equal(one, each) for one in allowed for each in [*values, *names]):
            return False
    return True
