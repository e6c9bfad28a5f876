"""One vendor's audiences, for tests of what is around them: made backstage, listed over the wire."""

from typing import Any

import requests

from mockserver.client import World

EVERYBODY = {"$and": [{"$and": [{"$str::is": {"field_id": "str:cm:label", "value": "VIP"}}]}]}


def add(world: World, name: str) -> None:
    """Makes an audience by hand, as it were."""
    world.backstage("ortto", "create_audience", name=name, filter=EVERYBODY)


def call(world: World, path: str = "/v1/audiences/get", **body: Any) -> requests.Response:
    """An honest call, to the operation that lists audiences unless a path is given."""
    body = {"limit": 40} | body
    return requests.post(world.url("ortto") + path, headers=world.headers("ortto"), json=body, timeout=20)


def names(world: World) -> list[str]:
    """The names of the newest 40 audiences."""
    return [audience["name"] for audience in call(world).json() or []]
