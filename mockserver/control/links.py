"""Links that give others a world of their own: made, listed, opened, revoked."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from mockserver.call import NOTHING, Call
from mockserver.control import vendor_access, world_view
from mockserver.control.action_record import record_action
from mockserver.state.links import LinkRecord, Links, moment
from mockserver.state.worlds import Worlds

_DEFAULTS: Final[Mapping[str, Any]] = MappingProxyType(
    {"lifetime": 7 * 86_400, "world_lifetime": 86_400, "max_worlds": 20}
)


def create_link(call: Call, worlds: Worlds) -> object:
    """The new link with its URL. Raises unknown_world, too_many_links."""
    body = call.body
    record, secret = Links(worlds).create(call.params["world"], body["role"], {**_DEFAULTS, **body})
    url = f"{vendor_access.server_url(call)}/#link={secret}"
    return {"url": url, "secret": secret, "link": _view(record)}


def list_links(call: Call, worlds: Worlds) -> object:
    """`{links: […]}`, without their URLs. Raises unknown_world."""
    return {"links": [_view(one) for one in Links(worlds).all(call.params["world"])]}


def revoke_link(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world, unknown_link."""
    Links(worlds).revoke(call.params["world"], call.params["link"])
    return NOTHING


def open_link(call: Call, worlds: Worlds) -> object:
    """The guest's world with the token for it. Raises unknown_link, link_used_up, too_many_worlds."""
    record, name, token, ends = Links(worlds).open(call.body["link"])
    # What a guest's world was before is not known to its journal. The linked world's name is not for guests.
    copied = replace(call, params={"world": name}, raw=b"", body=None)
    record_action(worlds, copied, {"link": record["id"]})
    world = world_view.world_view(worlds, worlds.get(name), vendor_access.server_url(call))
    return {"role": record["role"], "token": token, "expires": moment(ends), "world": world}


def get_access(call: Call, worlds: Worlds) -> object:
    """`{role, world}` of the caller."""
    guest = Links(worlds).guest_of(call)
    if guest is None:
        return {"role": "owner", "world": None}
    return {"role": guest.role, "world": guest.world}


def _view(record: LinkRecord) -> dict[str, Any]:
    return {
        "id": record["id"],
        "world": record["world"],
        "role": record["role"],
        "label": record["label"],
        "created": moment(record["created"]),
        "expires": moment(record["expires"]),
        "world_lifetime": record["world_lifetime"],
        "max_worlds": record["max_worlds"],
        "worlds": record["guests"],
    }
