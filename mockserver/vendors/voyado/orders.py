"""Orders: registered, replaced, changed and deleted asynchronously; those of v2 are not stored."""

from collections.abc import Mapping
from typing import Any

from mockserver.call import NOTHING, Call, Reply
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    contact_records,
    order_logic,
    order_processing,
    order_records,
    validation_messages,
)
from mockserver.vendors.voyado.paths import version_path


def list_orders(call: Call, world: World) -> object:
    """Returns a page of the contact's orders. Problem: contact_not_found."""
    contact, offset, size = call.params["contactId"], call.params["offset"], call.params["count"]
    contact_records.check(world, contact)
    items, total = order_records.page(world, contact, offset, size), order_records.count(world, contact)
    near = {"previous": max(0, offset - size) if offset else None, "next": offset + size}
    links = [
        _link(call, rel, "orders", contactId=contact, offset=str(first), count=str(size))
        for rel, first in near.items()
        if first is not None and first < total
    ]
    return {"count": len(items), "offset": offset, "totalCount": total, "links": links, "items": items}


def create_order(call: Call, world: World) -> object:
    """Schedules the registration of an order. Problem: invalid_order."""
    order_logic.check_contact(call.body.get("contact"))
    return _schedule(call, world, "create", call.body["orderId"], call.body)


def get_order(call: Call, world: World) -> object:
    """Returns the order. Problem: order_not_found, also if it belongs to another contact."""
    record = order_records.find(world, call.params["orderId"])
    if "contactId" in call.params and call.params["contactId"] != record["contactId"]:
        raise Problem("order_not_found")
    return order_records.to_dict(record)


def replace_order(call: Call, world: World) -> object:
    """Schedules the replacement of an order, which keeps its id.

    Problems: order_not_found, invalid_order.
    """
    order_logic.check_contact(call.body.get("contact"))
    return _change(call, world, "replace", {**call.body, "orderId": call.params["orderId"]})


def delete_order(call: Call, world: World) -> object:
    """Schedules the deletion of an order. Problem: order_not_found."""
    return _change(call, world, "delete")


def change_order_status(call: Call, world: World) -> object:
    """Schedules a change of the order's status. Problem: order_not_found."""
    given = {name: call.body[name] for name in ("status", "externalStatus") if name in call.body}
    return _change(call, world, "change", given)


def change_order_delivery(call: Call, world: World) -> object:
    """Schedules a change of the order's delivery. Problem: order_not_found."""
    return _change(call, world, "deliver", call.body)


def get_order_job(call: Call, world: World) -> object:
    """Returns the status of a job, redirects to the order, or fails as the job has.

    Problems: order_job_not_found, order_not_found, order_exists.
    """
    id = call.params["jobId"]
    job = order_records.find_job(world, id)
    if job["status"] == "Failed":
        raise Problem(job["problem"])
    if job["status"] == "Completed" and job["kind"] != "delete":
        location = call.origin + version_path(call, "orders", job["order"])
        return Reply(NOTHING, status=302, headers={"Location": location})
    return {"jobId": id, "status": job["status"]}


def trigger_order_action(call: Call, world: World) -> object:
    """Triggers an automation. Problems: order_not_found, order_version_mismatch, order_has_no_contact."""
    record = order_records.find(world, call.params["orderId"])
    if record["versionTag"] != call.body["versionTag"]:
        raise Problem("order_version_mismatch")
    if not record["contactId"] or not world.records(contact_records.KIND).has(record["contactId"]):
        raise Problem("order_has_no_contact")
    order_processing.send_email(world, record["contactId"], call.body["action"])
    return {}


def register_order(call: Call, world: World) -> object:
    """Triggers an automation. Problem: invalid_order, also for an unknown contact."""
    order_logic.check_order(call.body)
    contact = order_processing.find_contact(world, call.body["contact"])
    if contact is None:
        message = validation_messages.not_found("contact")
        raise order_logic.rejection("contact.matchKey", message)
    name = f"{call.body['orderNumber']}: {call.body['orderStatus']}"
    order_processing.send_email(world, contact, name)
    return {}


def _change(call: Call, world: World, kind: str, body: Mapping[str, Any] | None = None) -> Reply:
    order_records.find(world, call.params["orderId"])
    return _schedule(call, world, kind, call.params["orderId"], body)


def _schedule(call: Call, world: World, kind: str, order: str, body: Mapping[str, Any] | None) -> Reply:
    job = order_processing.schedule(world, kind, order, body)
    link = _link(call, "job", "orders", "jobs", job)
    return Reply({"jobId": job, "links": [link]}, headers={"Location": call.origin + link["href"]})


def _link(call: Call, rel: str, *segments: str, **query: str) -> dict[str, str]:
    return {"href": version_path(call, *segments, **query), "method": "GET", "rel": rel}
