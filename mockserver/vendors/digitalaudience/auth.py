"""Authentication by the session cookie."""

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    organisation_records,
    session_records,
    storage_access,
    storage_signature,
)

_LOGIN = "/account/login"


def extract_credentials(call: Call) -> list[tuple[str, str]]:
    """Every session cookie of the call; for a login also the user name, which selects the world."""
    pairs = (pair.strip().partition("=") for pair in call.headers.get("cookie", "").split(";"))
    found = [
        (session_records.FIELD, value) for name, _, value in pairs if name == session_records.COOKIE and value
    ]
    if call.path.lower().rstrip("/").endswith(_LOGIN):
        name = _login_name(call.raw)
        return [("userName", name), ("other_userName", name), *found] if name else found
    return found


def authenticate(call: Call, world: World, known: list[dict[str, Any]]) -> dict[str, Any]:
    """The credential with its session. Problem: not_authenticated."""
    for credential in known:
        if credential["field"] != session_records.FIELD:
            continue
        session = session_records.find(world, credential["value"])
        if session is None:
            continue
        if session_records.is_expired(world, session):
            call.remarks.append("The session has expired by the world's clock; log in again.")
            continue
        if organisation_records.find_user(world, session["userName"]) is None:
            call.remarks.append(f"The credential of user {session['userName']} is revoked or expired.")
            continue
        return {**credential, **session_records.touch(world, credential["value"], session)}
    if not call.remarks:
        call.remarks.append(_missing_session(call))
    raise Problem("not_authenticated")


def resign(call: Call, world: World, credentials: Mapping[str, str]) -> None:
    """Signs the upload of a file with the keys that this world has issued for the bucket."""
    bucket = call.path.lstrip("/").partition("/")[0]
    access = next((one for one in storage_access.list_all(world) if one.bucket == bucket), None)
    if access is not None:
        storage_signature.resign(call, access.access_key, access.secret, storage_access.REGION)


def _missing_session(call: Call) -> str:
    """The remark for a call without a session of this world."""
    if extract_credentials(call):
        return f"The cookie {session_records.COOKIE} is not a session of this world; log in to this world."
    return f"The cookie {session_records.COOKIE} is missing; send the one that POST {_LOGIN} sets."


def _login_name(raw: bytes) -> str | None:
    try:
        body = orjson.loads(raw)
    except ValueError:
        return None
    names = [body[key] for key in body if key.lower() == "username"] if isinstance(body, dict) else []
    return names[-1] if names and isinstance(names[-1], str) else None
