"""Actions of Engage's user interface, shops and support desk."""

from datetime import timedelta
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    booking,
    contact_records,
    identifier_logic,
    key_lock_records,
    message_records,
    nightly_recalculation,
    point_records,
    point_shop_records,
    promotion_logic,
    promotion_records,
    tenant_records,
    voucher_records,
    webhook_records,
)
from mockserver.vendors.voyado.timestamps import format_timestamp, today


def create_target_audience(call: Call, world: World) -> object:
    """Creates and calculates an audience. Problem: target_audience_exists."""
    id = call.body["id"].lower() if "id" in call.body else world.uuid()
    if world.records("audience").has(id):
        raise Problem("target_audience_exists", id=id)
    record = {"name": call.body["name"], "filter": call.body["filter"]}
    world.records("audience").add(id, record)
    nightly_recalculation.recalculate_audience(world, id)
    return _to_dict(id, _find(world, id))


def rename_target_audience(call: Call, world: World) -> object:
    """Renames an audience and returns it. Problem: unknown_target_audience."""
    id = call.body["id"].lower()
    record = {**_find(world, id), "name": call.body["name"]}
    world.records("audience").update(id, record)
    return _to_dict(id, record)


def delete_target_audience(call: Call, world: World) -> object:
    """Deletes an audience and returns its last state. Problem: unknown_target_audience."""
    id = call.body["id"].lower()
    record = _find(world, id)
    world.records("audience").remove(id)
    return _to_dict(id, record)


def recalculate_target_audiences(call: Call, world: World) -> object:
    """Recalculates all audiences and returns them."""
    nightly_recalculation.recalculate(world)
    nightly_recalculation.schedule(world)
    audiences = world.records("audience").iterate()
    return {"targetAudiences": [_to_dict(audience.id, audience.record) for audience in audiences]}


def configure(call: Call, world: World) -> object:
    """Changes the tenant's configuration and returns it."""
    configuration = tenant_records.read(world) | call.body
    configuration["changesLimit"] = int(configuration["changesLimit"])  # 2.0 is a valid JSON integer
    tenant_records.write(world, configuration)
    return {name: configuration[name] for name in ("customKey", "changesLimit", "contactTypes")}


def add_contact_type(call: Call, world: World) -> object:
    """Adds a contact type and returns it. Problem: contact_type_exists."""
    configuration = tenant_records.read(world)
    if tenant_records.find_contact_type(configuration, call.body["id"]):
        raise Problem("contact_type_exists", id=call.body["id"])
    added = {"required": [], **call.body}
    tenant_records.write(world, {**configuration, "contactTypes": [*configuration["contactTypes"], added]})
    return added


def create_custom_trigger(call: Call, world: World) -> object:
    """Adds a custom trigger, or replaces the one with its id; returns it."""
    return tenant_records.put_by_id(world, "customTriggers", call.body)


def create_achievement(call: Call, world: World) -> object:
    """Adds an achievement, or replaces the one with its id; returns it."""
    return tenant_records.put_by_id(world, "achievements", call.body)


def begin_contact_creation(call: Call, world: World) -> object:
    """Locks the key of a contact for some seconds. Problem: unknown_contact_type."""
    handle = call.body.get("contactType", "Member")
    contact_type = tenant_records.find_contact_type(tenant_records.view(world), handle)
    if contact_type is None:
        raise Problem("unknown_contact_type", id=handle)
    until = world.now() + timedelta(seconds=call.body.get("seconds", 30))
    value = identifier_logic.normalize(contact_type["key"], call.body["key"])
    key_lock_records.lock(world, contact_type["id"], value, until)
    return {"contactType": contact_type["id"], "key": call.body["key"], "until": format_timestamp(until)}


def register_purchase(call: Call, world: World) -> object:
    """Updates a contact's points, level and last order, and returns them. Problem: unknown_contact."""
    id = call.body["contactId"].lower()
    before = world.records(contact_records.KIND).require(id, "unknown_contact", id=id)
    after = booking.earn(world, before, int(call.body["amount"]), format_timestamp(world.now()))
    contact_records.update(world, id, before, after)
    names = ("bonusPoints", "lastOrderDate", "bonusBasedLevel")
    return {"contactId": id} | {name: after.get(name) for name in names}


def create_voucher(call: Call, world: World) -> object:
    """Gives a voucher to a contact, takes its points and returns it. Problem: unknown_contact."""
    contact, points = call.body["contactId"].lower(), int(call.body.get("points", 0))
    if not world.records(contact_records.KIND).has(contact):
        raise Problem("unknown_contact", id=contact)
    given = {"currency": "SEK", "name": "Bonus payment", "days": 90, **call.body, "points": points}
    id, record = voucher_records.add(world, contact, given)
    if points:
        number = record["number"]
        point_records.add(world, contact, -points, kind="Voucher", source="vouchers", description=number)
        booking.add_points(world, contact, -points)
    return voucher_records.to_voucher(id, record)


def activate_promotion(call: Call, world: World) -> object:
    """Activates a draft; returns its id and status. Problem: unknown_promotion."""
    id = call.body["id"].lower()
    before = promotion_records.get(world, id)
    if before is None:
        raise Problem("unknown_promotion", id=id)
    after = {**before, "activated": True}
    promotion_records.update(world, id, before, after)
    return {"id": id, "status": promotion_logic.status(after, today(world))}


def create_point_shop_item(call: Call, world: World) -> object:
    """Creates an item of the point shop and its active promotion; returns their ids."""
    name, first = call.body["name"], world.today()
    last = first + timedelta(days=call.body.get("days", 90))
    texts = {"description": call.body.get("description"), "link": None}
    draft = {"name": name, "presentation": {"heading": name, **texts}}
    draft["redemptionChannels"] = [
        {"type": channel, "valueType": "MANUAL"} for channel in promotion_logic.CHANNELS
    ]
    promotion = promotion_records.add(
        world, promotion_logic.from_body(draft, today(world)) | {"activated": True}
    )
    item = {
        "name": name,
        "cost": int(call.body["cost"]),
        "promotionId": promotion,
        "validFrom": f"{first.isoformat()}T00:00:00.000Z",
        "validTo": f"{last.isoformat()}T00:00:00.000Z",
        "presentation": {"title": name, **texts, "imageUrl": None},
    }
    return {"id": point_shop_records.add_item(world, item), "promotionId": promotion}


def send_message(call: Call, world: World) -> object:
    """Records a message to a contact and returns its id. Problem: unknown_contact."""
    contact = call.body["contactId"].lower()
    if not world.records(contact_records.KIND).has(contact):
        raise Problem("unknown_contact", id=contact)
    return {"messageId": message_records.add(world, contact, call.body)}


def subscribe_webhooks(call: Call, world: World) -> object:
    """Replaces the event types of the webhook endpoint and returns its secret."""
    return {"secret": webhook_records.subscribe(world, call.body["eventTypes"])}


def list_webhooks(call: Call, world: World) -> object:
    """Returns the webhooks after those that the caller skips, and the number of all."""
    messages, total = webhook_records.page(world, int(call.body.get("skip", 0)))
    return {"messages": messages, "total": total}


def _find(world: World, id: str) -> Record:
    return world.records("audience").require(id, "unknown_target_audience", id=id)


def _to_dict(id: str, record: Record) -> dict[str, Any]:
    return {"id": id, **record}
