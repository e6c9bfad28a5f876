"""Storage of a world's two organisations and their users; neither sees the other's data."""

import hmac
from typing import Any, Final

from mockserver.call import Call
from mockserver.formats.bounded_text import as_key
from mockserver.state.records import Record
from mockserver.state.world import World

OWN: Final = 1
OTHER: Final = 2
_USER, _ORGANISATION = "user", "organisation"
_FIRST_USER: Final = 123  # as in the vendor's examples
_CREDENTIALS: Final = {OWN: ("userName", "password"), OTHER: ("other_userName", "other_password")}


def organisation_id(call: Call) -> int:
    """The organisation of the session's user."""
    return int((call.credential or {})["organisation"])


def user_id(call: Call) -> int:
    """The id of the session's user."""
    return int((call.credential or {})["userId"])


def default_user_id(organisation: int) -> int:
    """The id of the user whose credentials the world starts with."""
    return _FIRST_USER + organisation - 1


def check_password(world: World, user_name: str, password: str) -> Record | None:
    """The user `{id, userName, organisation}`, None if the name or the password is wrong."""
    user = find_user(world, user_name)
    if user is None or not hmac.compare_digest(user.pop("password").encode(), password.encode()):
        return None
    return user


def find_user(world: World, user_name: str) -> Record | None:
    """The user of that name, with the password; None also if the credential is revoked or expired."""
    for organisation, (name, password) in _CREDENTIALS.items():
        credential = world.find_credential(name, user_name)
        if credential is not None:
            return _credential_user(world, organisation, user_name, credential["fields"][password])
    user = world.records(_USER).get(as_key(user_name))
    return None if user is None or user.get("minted") else user


def _credential_user(world: World, organisation: int, user_name: str, password: str) -> Record:
    """The user of a valid credential; the user of a minted one is stored at the first use."""
    if world.credentials.get(_CREDENTIALS[organisation][0]) == user_name:
        id = default_user_id(organisation)
        return {"id": id, "organisation": organisation, "userName": user_name, "password": password}
    user = world.records(_USER).get(as_key(user_name))
    return user or add_user(world, user_name, password, organisation, minted=True)


def user_name(world: World, id: int) -> str:
    """The name of the user, empty if unknown."""
    for organisation, (name, _password) in _CREDENTIALS.items():
        if default_user_id(organisation) == id:
            return world.credentials.get(name, "")
    users = (row.record for row in world.records(_USER).iterate())
    return next((one["userName"] for one in users if one["id"] == id), "")


def add_user(
    world: World, user_name: str, password: str, organisation: int, *, minted: bool = False
) -> Record:
    """Adds a user to an organisation; a minted one exists only while its credential is valid."""
    id = _FIRST_USER + len(_CREDENTIALS) + world.records(_USER).count()
    user = {"id": id, "organisation": organisation, "userName": user_name, "password": password}
    world.records(_USER).add(as_key(user_name), user | ({"minted": True} if minted else {}))
    return user


def add_organisation(world: World, organisation: int, name: str, country: str) -> None:
    """Adds an organisation of a scenario."""
    world.records(_ORGANISATION).add(str(organisation), {"name": name, "country": country})


def get_organisation(world: World, organisation: int) -> dict[str, Any]:
    """Name and country of an organisation."""
    return world.records(_ORGANISATION).get(str(organisation)) or {}
