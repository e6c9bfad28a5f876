"""Backstage actions: orders, list providers, failing syncs and imports, and deliveries of webhooks."""

from typing import Any, Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import (
    audience_records,
    consumer_records,
    import_logic,
    import_records,
    list_records,
    order_logic,
    sync_logic,
    sync_source_records,
    timestamps,
    webhook_logic,
    webhook_records,
)
from mockserver.vendors.fanfare.list_records import KLAVIYO
from mockserver.vendors.fanfare.member_records import CONSUMER_KIND
from mockserver.vendors.fanfare.organization import FIRST, organization_id

_MAX_DELIVERIES: Final = 100


def register_order(call: Call, world: World) -> object:
    """Registers an order and returns the consumer. Raises unknown_consumer."""
    id = call.body["consumerId"]
    before = world.records(CONSUMER_KIND).require(id, "unknown_consumer", consumerId=id)
    at = timestamps.format_timestamp(_order_time(call, world))
    order_logic.register(world, before, {"amount": round(call.body["value"], 2), "createdAt": at})
    return consumer_records.to_response(consumer_records.find(world, before["organizationId"], id))


def set_source_list(call: Call, world: World) -> object:
    """Replaces the list of a synced audience. Raises unknown_audience and no_sync_source."""
    _audience, source = _find_synced_audience(call, world)
    organization, list_id = source["organizationId"], source["syncSourceId"]
    provider = source["syncSource"].removesuffix(":list")
    name = list_records.get_list_name(world, organization, provider, list_id)
    return list_records.save_list(world, organization, list_id, name, call.body["profiles"], provider)


def fail_next_sync(call: Call, world: World) -> object:
    """Makes the running or else the next sync fail. Raises unknown_audience and no_sync_source."""
    audience, source = _find_synced_audience(call, world)
    sync_source_records.save(world, source | {"fails": True})
    return {"audienceId": audience["id"], "syncStatus": source["syncStatus"]}


def finish_sync(call: Call, world: World) -> object:
    """Finishes the running sync. Raises unknown_audience, no_sync_source and no_sync_running."""
    audience, source = _find_synced_audience(call, world)
    if source["syncStatus"] != "PENDING":
        raise Problem("no_sync_running", audienceId=audience["id"])
    world.jobs.cancel(source["job"])
    sync_logic.finish_sync(world, audience, source)
    finished = audience_records.find_sync_source(world, audience) or source
    return {"audienceId": audience["id"], "syncStatus": finished["syncStatus"]}


def set_klaviyo_lists(call: Call, world: World) -> object:
    """Replaces all Klaviyo lists of the first organization."""
    return _replace_lists(world, KLAVIYO, call.body["lists"])


def set_provider_lists(call: Call, world: World) -> object:
    """Replaces all lists of the first organization at a provider."""
    return _replace_lists(world, call.body["provider"], call.body["lists"])


def remove_klaviyo_key(_call: Call, world: World) -> object:
    """Removes the Klaviyo API key of the first organization."""
    return _store_key(world, None)


def set_klaviyo_key(call: Call, world: World) -> object:
    """Sets the Klaviyo API key of the first organization."""
    return _store_key(world, call.body["apiKey"])


def fail_import(call: Call, world: World) -> object:
    """Fails the newest import of an audience. Raises unknown_audience and no_import_running."""
    audience = _find_audience(call, world)
    try:
        record = import_records.find_newest(world, audience)
    except Problem as error:
        raise Problem("no_import_running", audienceId=audience["id"]) from error
    if record["status"] not in ("PENDING", "PROCESSING"):
        raise Problem("no_import_running", audienceId=audience["id"])
    return audience_records.import_to_response(import_logic.fail(world, record, "Internal error"))


def list_webhook_deliveries(call: Call, world: World) -> object:
    """The webhook deliveries of all organizations that are due."""
    return {"deliveries": webhook_logic.list_due(world, int(call.body.get("limit", _MAX_DELIVERIES)))}


def answer_webhook_delivery(call: Call, world: World) -> object:
    """Ends or postpones a webhook delivery. Raises unknown_delivery and delivery_not_due."""
    id, status = call.body["deliveryId"], call.body.get("status")
    delivery = webhook_records.find_delivery(world, id)
    if delivery is None:
        raise Problem("unknown_delivery", deliveryId=id)
    if not webhook_logic.is_due(world, delivery):
        raise Problem("delivery_not_due", deliveryId=id)
    return webhook_logic.answer(world, delivery, None if status is None else int(status))


def _replace_lists(world: World, provider: str, lists: list[dict[str, Any]]) -> dict[str, Any]:
    organization = organization_id(world.seed, FIRST)
    list_records.delete_lists(world, organization, provider)
    lists_by_id = {one["id"]: one for one in lists}
    saved = [
        list_records.save_list(world, organization, id, one["name"], one.get("profiles", []), provider)
        for id, one in lists_by_id.items()
    ]
    return {"lists": saved}


def _store_key(world: World, key: str | None) -> dict[str, Any]:
    list_records.set_key(world, organization_id(world.seed, FIRST), KLAVIYO, key)
    return {"configured": key is not None}


def _find_audience(call: Call, world: World) -> Record:
    """The audience of any organization."""
    id = call.body["audienceId"]
    audience = world.records(audience_records.AUDIENCE_KIND).get(id)
    if audience is None or audience["archived"]:
        raise Problem("unknown_audience", audienceId=id)
    return audience


def _find_synced_audience(call: Call, world: World) -> tuple[Record, Record]:
    audience = _find_audience(call, world)
    source = audience_records.find_sync_source(world, audience)
    if source is None:
        raise Problem("no_sync_source", audienceId=audience["id"])
    return audience, source


def _order_time(call: Call, world: World) -> int:
    if "at" not in call.body:
        return timestamps.to_millis(world.now())
    try:
        return timestamps.parse_timestamp(call.body["at"])
    except ValueError as error:  # for example the year 0000, which JSON Schema accepts
        raise Problem("call_does_not_fit", reason="not a valid date-time", pointer="/at") from error
