"""Calls a vendor by niquests, and by the urllib3 that it brings, through a redirect; prints what came of it.

Runs in an environment of its own, since urllib3-future replaces urllib3.
"""

import asyncio
import json
import sys
from importlib.metadata import version
from typing import Any

import niquests  # type: ignore[import-not-found]
import urllib3

from mockserver.app import create_app
from mockserver.client import Control, World
from mockserver.server.http_server import Server
from mockserver.testing.local_control import LocalControl

URL = "https://api.ap3api.com/v1/audiences/get"


async def with_niquests_async(headers: dict[str, str]) -> Any:
    async with niquests.AsyncSession() as session:
        return await session.post(URL, json={}, headers=headers)


def call_all(world: World) -> dict[str, Any]:
    headers = world.headers("ortto")
    with world.redirect(strict=True):
        replies = [niquests.post(URL, json={}, headers=headers), asyncio.run(with_niquests_async(headers))]
        plain = urllib3.PoolManager().request("POST", URL, json={}, headers=headers)
        try:
            refused = str(niquests.get("https://api.example.com/"))
        except niquests.exceptions.ConnectionError as error:
            refused = str(error)
    return {
        "statuses": [*(one.status_code for one in replies), plain.status],
        "urls": [one.url for one in replies],
        "refused": refused,
        "calls": [one["call"]["url"] for one in world.journal(vendor="ortto")],
    }


def main() -> None:
    app = create_app(people=3, vendors=("ortto",))
    here = LocalControl(app).world()
    here.app = app
    found = {"urllib3": version("urllib3-future"), "in this process": call_all(here)}
    with Server(app) as server:
        found["over the network"] = call_all(Control(server.url).create_world(people=3))
    sys.stdout.write(json.dumps(found))


main()
