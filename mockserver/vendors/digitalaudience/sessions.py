"""Logging in and out."""

from mockserver.call import Call, Reply
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import organisation_records, session_records
from mockserver.vendors.digitalaudience.envelope import succeeded


def login(call: Call, world: World) -> object:
    """`true`, with the cookie of a new session. Problem: credentials_wrong."""
    user = organisation_records.log_in(world, call.body["userName"], call.body["password"])
    if user is None:
        raise Problem("credentials_wrong")
    return Reply(succeeded(data=True), headers=session_records.cookie(session_records.open_for(world, user)))


def logout(call: Call, world: World) -> object:
    """`true`; the session is over."""
    session_records.close(world, (call.credential or {})["value"])
    return Reply(succeeded(data=True), headers=session_records.cookie(""))
