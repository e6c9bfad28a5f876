"""Backstage actions: what a person would do in the vendor's user interface."""

from dataclasses import replace

import orjson

from mockserver.call import NOTHING, Call, Reply, WireReply
from mockserver.control import vendor_access
from mockserver.errors import ContractViolationError, Problem
from mockserver.pipeline.handler import handle_internal_call
from mockserver.state.worlds import Worlds


def run_backstage(call: Call, worlds: Worlds) -> object:
    """The action's reply, as the vendor's backstage contract declares it.

    Raises unknown_world, unknown_vendor, unknown_action.
    """
    registered = worlds.get(call.params["world"])
    vendor = vendor_access.find_vendor(worlds, call.params["vendor"])
    operations = vendor.backstage.contract.operations if vendor.backstage else {}
    action = operations.get(call.params["action"])
    if vendor.backstage is None or action is None:
        known = ", ".join(operations) or "none"
        raise Problem("unknown_action", vendor=vendor.name, action=call.params["action"], known=known)
    inner = replace(
        call,
        method=action.method,
        path=action.path,
        query="",
        origin=vendor_access.world_access_view(worlds, registered, vendor_access.server_url(call))[
            vendor.name
        ]["url"],
    )
    world = worlds.load(registered, vendor.name)
    when = world.settings.jobs
    before = (lambda: 0) if when == "manual" else (lambda: worlds.job_runner.run_due(registered))
    sent, note = handle_internal_call(vendor.backstage, inner, world, worlds.store.transaction, before)
    if note.kind_of_error:
        raise ContractViolationError(f"backstage {vendor.name} {action.id}: {note.error_message}")
    if when == "immediate" and sent.status < 400:
        worlds.job_runner.run_immediately(registered, vendor.name)
    return _reply(sent)


def _reply(sent: WireReply) -> Reply:
    return Reply(orjson.loads(sent.body) if sent.body else NOTHING, sent.status)
