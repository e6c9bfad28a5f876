"""Who may come in: whoever presents a key, in the header that the documents name, or in either of two."""

from typing import Any, Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World

_HEADER: Final = "apikey"
_ALIAS: Final = "x-api-key"
"""One page alone, that on non-functional requirements, calls it so."""

Known = dict[str, Any]


def extract_credentials(call: Call) -> list[tuple[str, str]]:
    """The key in the other header."""
    key = call.headers.get(_ALIAS)
    return [(_HEADER, key)] if key else []


def authenticate(call: Call, world: World, known: list[Known]) -> Known:
    """What the server knows of the key. Problems: unauthorized, user_agent_missing."""
    accepted = [_HEADER, _ALIAS] if world.switches["x_api_key"] else [_HEADER]
    keys = [call.headers.get(name) for name in accepted]
    found = next((one for one in known if one["value"] in keys), None)
    if found is None:
        if known:
            words = f"The key came as {_ALIAS}: send it as {_HEADER}, or set the switch x_api_key."
            call.remarks.append(words)
        raise Problem("unauthorized")
    if world.switches["user_agent_required"] and not call.headers.get("user-agent", "").strip():
        raise Problem("user_agent_missing")
    return found
