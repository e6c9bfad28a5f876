"""Authentication by an API key in `apikey` or, with the switch x_api_key, in `x-api-key`."""

from typing import Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.credentials import KnownCredential
from mockserver.state.world import World

_HEADER: Final = "apikey"
_ALIAS: Final = "x-api-key"
"""Only the page on non-functional requirements uses this name."""


def extract_credentials(call: Call) -> list[tuple[str, str]]:
    """Returns the key sent in `x-api-key`; the contract covers only `apikey`."""
    key = call.headers.get(_ALIAS)
    return [(_HEADER, key)] if key else []


def authenticate(call: Call, world: World, known: list[KnownCredential]) -> KnownCredential:
    """Returns the credential that the call uses. Problems: unauthorized, user_agent_missing."""
    accepted = [_HEADER, _ALIAS] if world.switches["x_api_key"] else [_HEADER]
    keys = [call.headers.get(name) for name in accepted]
    credential = next((candidate for candidate in known if candidate["value"] in keys), None)
    if credential is None:
        if known:
            hint = f"the key was sent as {_ALIAS}; send it as {_HEADER} or set the switch x_api_key"
            call.remarks.append(hint)
        raise Problem("unauthorized")
    if world.switches["user_agent_required"] and not call.headers.get("user-agent", "").strip():
        raise Problem("user_agent_missing")
    return credential
