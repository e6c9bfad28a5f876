"""Storage of sessions: opened by login, kept alive by calls, closed by logout or by the world's clock."""

from hashlib import sha256
from typing import Any, Final

from mockserver.formats.secret_mark import mark
from mockserver.formats.timestamps import from_micros, to_micros
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import configuration, organisation_records

COOKIE: Final = "digitalAudience"
FIELD: Final = "session"
_KIND: Final = "session"


def create(world: World, user: Record) -> str:
    """Opens a session beside the user's others; returns its token."""
    # Worlds with the same seed draw the same numbers, but a token must identify its world.
    token = mark(sha256(f"{world.name}/{world.id_hex(64)}".encode()).hexdigest())
    owner = {"userId": user["id"], "organisation": user["organisation"], "userName": user["userName"]}
    world.records(_KIND).add(token, owner | {"seen": to_micros(world.now())})
    world.issue(FIELD, token, "other" if user["organisation"] == organisation_records.OTHER else None)
    return token


def find(world: World, token: str) -> dict[str, Any] | None:
    """The session `{userId, organisation, userName, seen}`; `seen` is the time of the last call."""
    return world.records(_KIND).get(token)


def is_expired(world: World, session: Record) -> bool:
    """Whether the lifetime has passed since the last call. A clock that is set back expires nothing."""
    lifetime = configuration.session_lifetime(world)
    return lifetime is not None and world.now() - from_micros(session["seen"]) >= lifetime


def touch(world: World, token: str, session: Record) -> Record:
    """The session after its lifetime was restarted."""
    seen = to_micros(world.now())
    if seen == session["seen"]:
        return session
    touched = session | {"seen": seen}
    world.records(_KIND).update(token, touched)
    return touched


def delete(world: World, token: str) -> None:
    """Closes the session."""
    world.records(_KIND).remove(token)
    world.revoke(FIELD, token)


def cookie_header(token: str) -> dict[str, str]:
    """The header that sets the session cookie, or deletes it if the token is empty."""
    age = "" if token else " Max-Age=0;"
    return {"Set-Cookie": f"{COOKIE}={token}; Path=/;{age} HttpOnly; SameSite=Lax"}
