"""Asynchronous changes of orders, and the automations that orders trigger."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records, match_keys, message_records, order_records

_WAIT: Final = timedelta(seconds=2)
"""How long a change takes, which is not documented."""


def schedule(world: World, kind: str, order: str, body: Mapping[str, Any] | None = None) -> str:
    """Schedules a change of an order (create, replace, change, deliver, delete); returns its job's id."""
    id = order_records.add_job(world, kind, order, body)
    world.jobs.schedule(world.now() + _WAIT, "process_order", id=id)
    return id


def run(world: World, id: str) -> None:
    """Runs the job."""
    job = order_records.find_job(world, id)
    try:
        _apply(world, job)
    except Problem as problem:
        order_records.end_job(world, id, job, problem.name)
    else:
        order_records.end_job(world, id, job, None)


def send_email(world: World, contact: str | None, name: str) -> None:
    """Sends the e-mail of an automation; without effect for an order without a contact."""
    if contact and world.records(contact_records.KIND).has(contact):
        given = {"type": "EmailMessage", "name": name, "source": "Automation", "isTransactional": True}
        message_records.add(world, contact, {**given, "text": name})


def find_contact(world: World, contact: Mapping[str, Any] | None) -> str | None:
    """Returns the id of the contact of an order, or None if there is no such contact."""
    key_type = match_keys.read_key_type(contact["matchKeyType"]) if contact else None
    if contact is None or key_type is None:
        return None
    return match_keys.find_contact(
        world, key_type, contact["matchKey"], contact.get("contactType") or "Member"
    )


def _apply(world: World, job: Record) -> None:
    """Raises the problems order_exists and order_not_found."""
    before = order_records.get(world, job["order"])
    if job["kind"] == "create":
        if before:
            raise Problem("order_exists")
        _store(world, job["body"], None)
        return
    if before is None:
        raise Problem("order_not_found")
    if job["kind"] == "delete":
        order_records.remove(world, job["order"])
    elif job["kind"] == "replace":
        _store(world, job["body"], before)
    else:
        order_records.write(world, before["contactId"], _changed(before["body"], job), before)


def _changed(body: Record, job: Record) -> Record:
    """Returns the members of an order after a change; those of its delivery that were not sent stay."""
    if job["kind"] == "deliver":
        return {**body, "delivery": {**(body.get("delivery") or {}), **job["body"]}}
    return {**body, **job["body"]}


def _store(world: World, body: Mapping[str, Any], before: Record | None) -> None:
    contact = find_contact(world, body.get("contact"))
    stored = {name: value for name, value in body.items() if name != "action"}
    order_records.write(world, contact, stored, before)
    if body.get("action"):
        send_email(world, contact, body["action"]["action"])
