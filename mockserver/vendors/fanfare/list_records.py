"""Storage of an organization's Klaviyo account: API key, lists and their profiles."""

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.state.records import Record
from mockserver.state.world import World

_ACCOUNT, _LIST = "klaviyo", "klaviyo_list"


def has_key(world: World, organization: str) -> bool:
    """Whether a Klaviyo API key is configured."""
    return world.records(_ACCOUNT).has(organization)


def set_key(world: World, organization: str, key: str | None) -> None:
    """Sets the API key; None removes it."""
    if key is None:
        world.records(_ACCOUNT).remove(organization)
    else:
        world.records(_ACCOUNT).add(organization, {"apiKey": key}, rank=0)


def find_list(world: World, organization: str, id: str) -> Record | None:
    """The list `{id, name, profiles}`; None if it does not exist or no API key is configured."""
    return world.records(_LIST).get(_key(organization, id)) if has_key(world, organization) else None


def save_list(
    world: World, organization: str, id: str, name: str, profiles: Sequence[Record]
) -> dict[str, Any]:
    """Stores a list, replacing one with the same id. Returns `{id, name, profileCount}`."""
    record = {"id": id, "name": name, "profiles": list(profiles)}
    world.records(_LIST).add(_key(organization, id), record, organization)
    return {"id": id, "name": name, "profileCount": len(profiles)}


def get_list_name(world: World, organization: str, id: str) -> str:
    """The name of the list; its id if the list does not exist."""
    record: Mapping[str, Any] = world.records(_LIST).get(_key(organization, id)) or {"name": id}
    return str(record["name"])


def delete_lists(world: World, organization: str) -> None:
    """Deletes all lists of the account."""
    for row in world.records(_LIST).iterate(organization):
        world.records(_LIST).remove(row.id)


def _key(organization: str, id: str) -> str:
    return f"{organization}/{id}"
