"""An organisation's Klaviyo account as Fanfare sees it: the key to it, its lists and who is on them."""

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.state.records import Record
from mockserver.state.world import World

_ACCOUNT, _LIST = "klaviyo", "klaviyo_list"


def has_key(world: World, organization: str) -> bool:
    """Whether Fanfare was given the key."""
    return world.records(_ACCOUNT).has(organization)


def set_key(world: World, organization: str, key: str | None) -> None:
    """Gives Fanfare the key, or takes it away."""
    if key is None:
        world.records(_ACCOUNT).remove(organization)
    else:
        world.records(_ACCOUNT).add(organization, {"apiKey": key}, rank=0)


def find_list(world: World, organization: str, id: str) -> Record | None:
    """The list `{id, name, profiles}`; None without a key to see it."""
    return world.records(_LIST).get(_key(organization, id)) if has_key(world, organization) else None


def save_list(
    world: World, organization: str, id: str, name: str, profiles: Sequence[Record]
) -> dict[str, Any]:
    """A list of the account, in place of the one of its id; gives it as backstage shows it."""
    record = {"id": id, "name": name, "profiles": list(profiles)}
    world.records(_LIST).add(_key(organization, id), record, organization)
    return {"id": id, "name": name, "profileCount": len(profiles)}


def get_list_name(world: World, organization: str, id: str) -> str:
    """What the list is called; its id if there is none any more."""
    record: Mapping[str, Any] = world.records(_LIST).get(_key(organization, id)) or {"name": id}
    return str(record["name"])


def delete_lists(world: World, organization: str) -> None:
    """The account has no list any more."""
    for row in world.records(_LIST).iterate(organization):
        world.records(_LIST).remove(row.id)


def _key(organization: str, id: str) -> str:
    return f"{organization}/{id}"
