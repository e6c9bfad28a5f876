"""Storage of an organization's accounts at list providers: API keys, lists and their profiles."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import timestamps

KLAVIYO: Final = "klaviyo"
MAILCHIMP: Final = "mailchimp"
SENDGRID: Final = "sendgrid"
PROVIDERS: Final = (KLAVIYO, MAILCHIMP, SENDGRID)

_ACCOUNT, _LIST = "list_account", "provider_list"


def source_name(provider: str) -> str:
    """The `syncSource` of a provider's lists."""
    return f"{provider}:list"


def has_key(world: World, organization: str, provider: str) -> bool:
    """Whether an API key of the provider is configured."""
    return world.records(_ACCOUNT).has(_key(organization, provider))


def set_key(world: World, organization: str, provider: str, key: str | None) -> None:
    """Sets the API key; None removes it."""
    id = _key(organization, provider)
    if key is None:
        world.records(_ACCOUNT).remove(id)
    else:
        world.records(_ACCOUNT).add(id, {"apiKey": key}, rank=0)


def find_list(world: World, organization: str, provider: str, id: str) -> Record | None:
    """The list; None if it does not exist or no API key is configured."""
    if not has_key(world, organization, provider):
        return None
    return world.records(_LIST).get(_key(organization, provider, id))


def find_source_list(world: World, source: Mapping[str, Any]) -> Record | None:
    """The list that a sync source names; None as in `find_list`."""
    provider = str(source["syncSource"]).removesuffix(":list")
    return find_list(world, source["organizationId"], provider, source["syncSourceId"])


def iterate_lists(world: World, organization: str, provider: str) -> list[Record]:
    """All lists of the account, oldest first."""
    return [row.record for row in world.records(_LIST).iterate(_key(organization, provider))]


def save_list(
    world: World,
    organization: str,
    id: str,
    name: str,
    profiles: Sequence[Record],
    provider: str = KLAVIYO,
) -> dict[str, Any]:
    """Stores a list, replacing one with the same id. Returns `{id, name, profileCount}`."""
    now, key = timestamps.now(world), _key(organization, provider, id)
    before = world.records(_LIST).view(key) or {"created": now}
    record = {
        "id": id,
        "name": name,
        "profiles": list(profiles),
        "created": before["created"],
        "updated": now,
    }
    world.records(_LIST).add(key, record, _key(organization, provider))
    return {"id": id, "name": name, "profileCount": len(profiles)}


def get_list_name(world: World, organization: str, provider: str, id: str) -> str:
    """The name of the list; its id if the list does not exist."""
    record: Mapping[str, Any] = world.records(_LIST).get(_key(organization, provider, id)) or {"name": id}
    return str(record["name"])


def delete_lists(world: World, organization: str, provider: str) -> None:
    """Deletes all lists of the account."""
    world.records(_LIST).clear(_key(organization, provider))


def _key(organization: str, provider: str, id: str = "") -> str:
    return f"{organization}/{provider}/{id}" if id else f"{organization}/{provider}"
