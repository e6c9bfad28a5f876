"""Storage of orders by contact, in order of registration, and of the jobs that change them."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World

_ORDER, _JOB = "order", "orderJob"


def get(world: World, id: str) -> Record | None:
    """Returns the order, or None."""
    return world.records(_ORDER).get(_key(id))


def find(world: World, id: str) -> Record:
    """Returns the order. Raises the problem order_not_found."""
    record = get(world, id)
    if record is None:
        raise Problem("order_not_found")
    return record


def write(world: World, contact: str | None, body: Mapping[str, Any], before: Record | None = None) -> Record:
    """Stores an order with a new version, at the place of the one before; returns it."""
    place = before["place"] if before else world.serial()
    record = {"body": body, "contactId": contact, "versionTag": _version(world), "place": place}
    world.records(_ORDER).add(_key(body["orderId"]), record, parent=contact or "", rank=place)
    return record


def remove(world: World, id: str) -> None:
    """Deletes an order."""
    world.records(_ORDER).remove(_key(id))


def page(world: World, contact: str, offset: int, count: int) -> list[dict[str, Any]]:
    """Returns orders of the contact as the API does."""
    rows = world.records(_ORDER).page(contact, limit=count, skip=offset)
    return [to_dict(row.record) for row in rows]


def count(world: World, contact: str) -> int:
    """Returns the number of orders of the contact."""
    return world.records(_ORDER).count(contact)


def to_dict(record: Record) -> dict[str, Any]:
    """Returns an order as the API does."""
    return {**record["body"], "contactId": record["contactId"], "versionTag": record["versionTag"]}


def add_job(world: World, kind: str, order: str, body: Mapping[str, Any] | None) -> str:
    """Stores a job that has not run yet; returns its id."""
    id = world.uuid()
    record = {"kind": kind, "order": order, "body": body, "status": "InProgress"}
    world.records(_JOB).add(id, record)
    return id


def find_job(world: World, id: str) -> Record:
    """Returns the job. Raises the problem order_job_not_found."""
    return world.records(_JOB).require(id, "order_job_not_found")


def end_job(world: World, id: str, job: Record, problem: str | None) -> None:
    """Stores that the job has succeeded, or failed with the problem."""
    done = {**job, "body": None, "status": "Failed" if problem else "Completed", "problem": problem}
    world.records(_JOB).update(id, done)


def _version(world: World) -> str:
    return b64encode(bytes.fromhex(world.uuid().replace("-", ""))).decode()


def _key(id: str) -> str:
    # Callers choose the ids of orders, of any characters and length.
    return blake2b(id.encode("utf-8", "replace"), digest_size=16).hexdigest()
