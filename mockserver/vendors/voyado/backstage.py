"""What people do in Engage's own user interface, in its shops and at its support desk."""

from datetime import timedelta
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    contact_records,
    identifier_logic,
    key_lock_records,
    nightly_recalculation,
    tenant_records,
)
from mockserver.vendors.voyado.timestamps import written


def create_target_audience(call: Call, world: World) -> object:
    """The audience, calculated. Problem: target_audience_exists."""
    id = call.body["id"].lower() if "id" in call.body else world.uuid()
    if world.records("audience").has(id):
        raise Problem("target_audience_exists", id=id)
    record = {"name": call.body["name"], "filter": call.body["filter"]}
    world.records("audience").add(id, record)
    nightly_recalculation.calculate(world, id)
    return _audience(id, _find(world, id))


def rename_target_audience(call: Call, world: World) -> object:
    """The audience under its new name. Problem: unknown_target_audience."""
    id = call.body["id"].lower()
    record = {**_find(world, id), "name": call.body["name"]}
    world.records("audience").update(id, record)
    return _audience(id, record)


def delete_target_audience(call: Call, world: World) -> object:
    """The audience as it was. Problem: unknown_target_audience."""
    id = call.body["id"].lower()
    record = _find(world, id)
    world.records("audience").remove(id)
    return _audience(id, record)


def recalculate_target_audiences(call: Call, world: World) -> object:
    """All audiences after their calculation."""
    nightly_recalculation.recalculate(world)
    nightly_recalculation.plan(world)
    return {"targetAudiences": [_audience(one.id, one.record) for one in world.records("audience").iterate()]}


def configure(call: Call, world: World) -> object:
    """The configuration, changed."""
    configuration = tenant_records.read(world) | call.body
    configuration["changesLimit"] = int(configuration["changesLimit"])  # to JSON Schema 2.0 is an integer too
    tenant_records.write(world, configuration)
    return {name: configuration[name] for name in ("customKey", "changesLimit", "contactTypes")}


def add_contact_type(call: Call, world: World) -> object:
    """The contact type. Problem: contact_type_exists."""
    configuration = tenant_records.read(world)
    if tenant_records.contact_type(configuration, call.body["id"]):
        raise Problem("contact_type_exists", id=call.body["id"])
    added = {"required": [], **call.body}
    tenant_records.write(world, {**configuration, "contactTypes": [*configuration["contactTypes"], added]})
    return added


def begin_contact_creation(call: Call, world: World) -> object:
    """Until when the key is held. Problem: unknown_contact_type."""
    handle = call.body.get("contactType", "Member")
    contact_type = tenant_records.contact_type(tenant_records.read(world), handle)
    if contact_type is None:
        raise Problem("unknown_contact_type", id=handle)
    until = world.now() + timedelta(seconds=call.body.get("seconds", 30))
    key_lock_records.hold(
        world, contact_type["id"], identifier_logic.folded(contact_type["key"], call.body["key"]), until
    )
    return {"contactType": contact_type["id"], "key": call.body["key"], "until": written(until)}


def register_purchase(call: Call, world: World) -> object:
    """What the purchase made of the contact's points, level and last order. Problem: unknown_contact."""
    id = call.body["contactId"].lower()
    before = world.records(contact_records.KIND).get(id)
    if before is None:
        raise Problem("unknown_contact", id=id)
    points = before["bonusPoints"] + int(call.body["amount"])
    level = tenant_records.level(tenant_records.read(world)["levels"], points)
    gained = {"bonusPoints": points, "lastOrderDate": written(world.now())}
    contact_records.change(world, id, before, before | gained | ({"bonusBasedLevel": level} if level else {}))
    return {"contactId": id, **gained, "bonusBasedLevel": level}


def _find(world: World, id: str) -> Record:
    record = world.records("audience").get(id)
    if record is None:
        raise Problem("unknown_target_audience", id=id)
    return record


def _audience(id: str, record: Record) -> dict[str, Any]:
    return {"id": id, **record}
