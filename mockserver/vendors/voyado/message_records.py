"""Storage of messages to contacts, in order of time."""

from collections.abc import Mapping
from typing import Any

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado.timestamps import format_timestamp

_KIND = "message"


def add(world: World, contact: str, given: Mapping[str, Any]) -> str:
    """Stores a message to the contact that is sent now; returns its id."""
    id = world.uuid()
    record = {
        "contact": contact,
        "name": given.get("name", "Winter sale"),
        "sendDateTime": format_timestamp(world.now()),
        "type": given["type"],
        "source": given.get("source", "Manual"),
        "isTransactional": given.get("isTransactional", False),
        "text": given.get("text", ""),
    }
    world.records(_KIND).add(id, record, parent=contact)
    return id


def has(world: World, contact: str, id: str) -> bool:
    """Whether the contact got the message."""
    record = world.records(_KIND).view(id)
    return record is not None and record["contact"] == contact


def newest(world: World, contact: str, *types: str) -> list[dict[str, Any]]:
    """Returns the contact's messages of these types as the API does, the newest first."""
    rows = world.records(_KIND).iterate(contact, newest_first=True)
    return [_to_dict(row.id, row.record) for row in rows if row.record["type"] in types]


def _to_dict(id: str, record: Record) -> dict[str, Any]:
    kind = record["type"].removesuffix("Message")
    return {
        "messageId": id,
        "name": record["name"],
        "sendDateTime": record["sendDateTime"],
        "type": record["type"],
        "source": record["source"],
        "isTransactional": record["isTransactional"],
        "status": "Delivered",
        "messageLink": f"https://mockserver.voyado.com/Open/{kind}Online/Show/{id}",
        "messageText": record["text"],
    }
