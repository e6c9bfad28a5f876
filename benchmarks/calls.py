"""The calls that are measured: a get, gets of varying contacts, a list of 20 and a validated create."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlsplit

from mockserver.client import Control, World

WORLD: Final = "bench"
DEFAULT: Final = "default"
CONTACTS: Final = 300
"""The number of contacts among which the gets of varying contacts alternate."""

FRESH: Final = "{n}"
"""What every call replaces with a number of its own: no two contacts may have the same address."""


@dataclass(frozen=True)
class Request:
    """One HTTP request below a server's URL; `vendor` is the one that answers it, `path` the vendor's own."""

    vendor: str
    path: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: str = ""
    prefix: str = ""

    @property
    def target(self) -> str:
        """The path on the server."""
        return self.prefix + self.path


@dataclass(frozen=True)
class Shot:
    """Requests that are sent in turn, with the status and the body of the reply to the first."""

    name: str
    requests: tuple[Request, ...]
    status: int = 0
    reply: bytes = b""


class Client:
    """A connection that stays open, for preparations and for the latency of single calls."""

    def __init__(self, url: str, timeout: float = 300) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=timeout)

    def send(self, request: Request, number: int = 0) -> tuple[int, bytes]:
        """The status and the body of a reply."""
        body = request.body.replace(FRESH, str(number)) or None
        self._connection.request(request.method, request.target, body, dict(request.headers))
        reply = self._connection.getresponse()
        return reply.status, reply.read()

    def ok(self, request: Request, number: int = 0) -> bytes:
        """The body of a successful reply; ends the benchmark on any other."""
        status, body = self.send(request, number)
        if not 200 <= status < 300:
            raise SystemExit(f"{request.method} {request.target} got {status}: {body[:200]!r}")
        return body

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


def prepare(url: str, world: str = WORLD, contacts: int = CONTACTS) -> list[Shot]:
    """Creates a world with further contacts and 20 audiences; the calls, with their replies there."""
    created = Control(url).create_world(world, scenario="demo", people=200)
    _add_audiences(created)
    client = Client(url)
    create = create_contact(created)
    ids = [json.loads(client.ok(create, number))["id"] for number in range(contacts)]
    gets = tuple(to_vendor(created, "voyado", f"/api/v3/contacts/{id}") for id in ids)
    audiences = to_vendor(created, "ortto", "/v1/audiences/get", {"limit": 20})
    shots = [
        answered(client, Shot("get", gets[:1])),
        answered(client, Shot("get, varying", gets)),
        answered(client, Shot("list of 20", (audiences,))),
        answered(client, Shot("create", (create,)), contacts),
    ]
    assert len(json.loads(shots[2].reply)) == 20, shots[2].reply
    client.close()
    return shots


def create_contact(world: World) -> Request:
    """The validated create."""
    body = {"firstName": "Ada", "email": f"ada{FRESH}@example.com", "countryCode": "SE"}
    return to_vendor(world, "voyado", "/api/v3/contacts", body)


def _add_audiences(world: World) -> None:
    for number in range(20):
        leaf = {"$bol::is": {"field_id": "bol::p", "value": number % 2 == 0}}
        world.backstage("ortto", "create_audience", name=f"Audience {number}", filter={"$and": [leaf]})
    world.clock.advance(minutes=5)
    world.clock.freeze()


def to_vendor(world: World, vendor: str, path: str, body: Any = None) -> Request:
    """A request to a vendor in a world, with its credential; a POST if it has a body."""
    prefix = urlsplit(world.url(vendor)).path
    # One vendor requires a content type of gets, too.
    headers = {**world.headers(vendor), "Content-Type": "application/json"}
    if body is None:
        return Request(vendor, path, headers, prefix=prefix)
    return Request(vendor, path, headers, "POST", json.dumps(body), prefix)


def answered(client: Client, shot: Shot, number: int = 0) -> Shot:
    """The shot with the reply to its first request."""
    status, body = client.send(shot.requests[0], number)
    if not 200 <= status < 300:
        raise SystemExit(f"{shot.name} got {status}: {body[:200]!r}")
    return Shot(shot.name, shot.requests, status, body)
