"""Plays the vendors' stories on an application in this process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest.mock import patch

from werkzeug.test import Client

from mockserver.app import Application
from mockserver.verify.http_client import ACCEPT, HttpClient, Request, Response
from mockserver.verify.runner import Target, story_environment
from mockserver.verify.story_runner import StoryEnvironment
from tests.read_vendors import read_vendor

URL = "http://localhost"
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)

Recorded = list[tuple[str, int, dict[str, str], bytes]]


STOPPED_BY_OTHERS = (
    *("an_activity_is_recorded", "an_account_and_its_people", "custom_fields_by_api", "export_campaigns"),
    *("a_transactional_email", "too_many_calls"),
    "create_and_delete_once",
)
"""Those that stop early if all are played in one world: Ortto's limit is used up, other contacts change."""


class InProcessClient(HttpClient):
    """Sends requests to an application, and records what it replies."""

    def __init__(self, app: Application) -> None:
        super().__init__()
        self._client = Client(app)
        self.recorded: Recorded = []

    def send(self, request: Request) -> Response:
        reply = self._client.open(
            request.url.removeprefix(URL),
            base_url=URL,
            method=request.method,
            headers={"Accept": ACCEPT, **request.headers},
            data=request.body,
        )
        headers = {name.lower(): value for name, value in reply.headers.items()}
        self.recorded.append((request.url, reply.status_code, headers, reply.data))
        return Response(reply.status_code, headers, reply.data)


def application_environment(
    app: Application, vendor: str, client: HttpClient, world: str = "default", base: str | None = None
) -> StoryEnvironment:
    """The environment of the vendor's stories in a world of the application, at `base`."""
    credentials = app.context.worlds.get(world)["credentials"][vendor]
    target = Target(base or f"{URL}/{vendor}", credentials, world, f"{URL}/_mock")
    return story_environment(read_vendor(vendor), target, client)


@contextmanager
def time_stands() -> Iterator[None]:
    """Real time stands, so that also a world whose clock runs replies the same in each run."""
    seconds = int(NOW.timestamp())
    with patch.object(time, "time", lambda: seconds), patch.object(time, "time_ns", lambda: seconds * 10**9):
        yield
