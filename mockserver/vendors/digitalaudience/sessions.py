"""Endpoints for sessions: log in and log out."""

from mockserver.call import Call, Reply
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import organisation_records, session_records
from mockserver.vendors.digitalaudience.envelope import success


def login(call: Call, world: World) -> object:
    """`true`, and the cookie of a new session. Problem: credentials_wrong."""
    user = organisation_records.check_password(world, call.body["userName"], call.body["password"])
    if user is None:
        raise Problem("credentials_wrong")
    token = session_records.create(world, user)
    return Reply(success(data=True), headers=session_records.cookie_header(token))


def logout(call: Call, world: World) -> object:
    """`true`, and a header that deletes the cookie; the session is closed."""
    session_records.delete(world, (call.credential or {})["value"])
    return Reply(success(data=True), headers=session_records.cookie_header(""))
