"""Sessions: opened by a login, kept alive by calls, ended by a logout or by the world's clock."""

from hashlib import sha256
from typing import Any, Final

from mockserver.formats.timestamps import from_micros, to_micros
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import configuration, organisation_records

COOKIE: Final = "digitalAudience"
FIELD: Final = "session"
_KIND = "session"


def create(world: World, user: Record) -> str:
    """A new session beside those that the user has; gives its token."""
    # Worlds of one seed draw the same numbers, and a token has to tell them apart.
    token = sha256(f"{world.name}/{world.id_hex(64)}".encode()).hexdigest()
    whose = {"userId": user["id"], "organisation": user["organisation"], "userName": user["userName"]}
    world.records(_KIND).add(token, whose | {"seen": to_micros(world.now())})
    world.issue(FIELD, token, "other" if user["organisation"] == organisation_records.OTHER else None)
    return token


def find(world: World, token: str) -> dict[str, Any] | None:
    """Whose session it is: `{userId, organisation, userName, seen}`."""
    return world.records(_KIND).get(token)


def is_expired(world: World, session: Record) -> bool:
    """Whether nobody has called for the whole lifetime by the world's clock; set back, it ends nothing."""
    lifetime = configuration.session_lifetime(world)
    return lifetime is not None and world.now() - from_micros(session["seen"]) >= lifetime


def touch(world: World, token: str, session: Record) -> None:
    """Lets the lifetime begin anew."""
    world.records(_KIND).update(token, session | {"seen": to_micros(world.now())})


def delete(world: World, token: str) -> None:
    """Ends it for good."""
    world.records(_KIND).remove(token)
    world.revoke(FIELD, token)


def cookie_header(token: str) -> dict[str, str]:
    """The header that hands it to the caller; one without a token takes it back."""
    age = "" if token else " Max-Age=0;"
    return {"Set-Cookie": f"{COOKIE}={token}; Path=/;{age} HttpOnly; SameSite=Lax"}
