"""Who may come in: whoever presents the cookie of a session that still lives."""

from typing import Any

import orjson

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import organisation_records, session_records

_LOGIN = "/account/login"


def extract_credentials(call: Call) -> list[tuple[str, str]]:
    """The session cookies, as often as the header has them; of a login, the user's name."""
    pairs = (pair.strip().partition("=") for pair in call.headers.get("cookie", "").split(";"))
    found = [
        (session_records.FIELD, value) for name, _, value in pairs if name == session_records.COOKIE and value
    ]
    if call.path.lower().rstrip("/").endswith(_LOGIN):
        name = _user_name(call.raw)
        return [("userName", name), ("other_userName", name), *found] if name else found
    return found


def authenticate(call: Call, world: World, known: list[dict[str, Any]]) -> dict[str, Any]:
    """The session with its userId and organisation. Raises the problem not_authenticated."""
    for one in known:
        session = session_records.find(world, one["value"]) if one["field"] == session_records.FIELD else None
        if session is None:
            continue
        if session_records.is_expired(world, session):
            call.remarks.append("The session has been idle for its whole lifetime by the world's clock.")
            continue
        if organisation_records.find_user(world, session["userName"]) is None:
            call.remarks.append(f"The credential of {session['userName']} has been revoked or has expired.")
            continue
        session_records.touch(world, one["value"], session)
        return {**one, **session}
    if not call.remarks:
        call.remarks.append(_explanation(call))
    raise Problem("not_authenticated")


def _explanation(call: Call) -> str:
    if extract_credentials(call):
        return "This world knows no session of this cookie: log in to it first."
    return f"The call carries no cookie {session_records.COOKIE}: send the one that POST {_LOGIN} has set."


def _user_name(raw: bytes) -> str | None:
    try:
        body = orjson.loads(raw)
    except ValueError:
        return None
    name = body.get("userName") if isinstance(body, dict) else None
    return name if isinstance(name, str) else None
