"""Backstage actions: what a person would do in the vendor's user interface."""

from dataclasses import replace
from typing import Any

import orjson

from mockserver.call import NOTHING, Call, Reply, WireReply
from mockserver.control import effects_view, vendor_access
from mockserver.control.action_record import record_action
from mockserver.errors import ContractViolationError, Problem
from mockserver.formats.suggestions import suggest
from mockserver.pipeline.handler import handle_internal_call
from mockserver.state.job_runs import JobRuns
from mockserver.state.worlds import DEFAULT_WORLD, Worlds


def run_backstage(call: Call, worlds: Worlds) -> object:
    """The action's reply, as the vendor's backstage contract declares it.

    Raises unknown_world, unknown_vendor, unknown_action, call_does_not_fit.
    """
    registered = worlds.get(call.params["world"])
    vendor = vendor_access.find_vendor(worlds, call.params["vendor"])
    operations = vendor.backstage.contract.operations if vendor.backstage else {}
    action = operations.get(call.params["action"])
    if vendor.backstage is None or action is None:
        close = suggest(call.params["action"], operations)
        known = f"{f'did you mean {close}? ' if close else ''}available: {', '.join(operations) or 'none'}"
        raise Problem("unknown_action", vendor=vendor.name, action=call.params["action"], known=known)
    if action.body is None and call.body:
        raise Problem("call_does_not_fit", where="body", reason=f"{action.id} takes no body; leave it out")
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
    runs: list[JobRuns] = []

    def before() -> None:
        if when != "manual":
            runs.append(worlds.job_runner.run_due(registered))

    sent, note = handle_internal_call(vendor.backstage, inner, world, worlds.store.transaction, before)
    if note.kind_of_error:
        raise ContractViolationError(f"backstage {vendor.name} {action.id}: {note.error_message}")
    if sent.status < 400:
        if when == "immediate":
            runs.append(worlds.job_runner.run_immediately(registered, vendor.name, world.now()))
        if not action.is_read_only:
            views = [effects_view.job_runs_view(worlds, one) for one in runs]
            result = orjson.loads(sent.body) if sent.body else None
            record_action(
                worlds, call, call.body or {}, views, operation=action.id, acted=world, result=result
            )
    return _reply(f"backstage {vendor.name} {action.id}", sent)


def get_backstage_contract(call: Call, worlds: Worlds) -> object:
    """The contract of a vendor's actions, with this server's address. Raises unknown_vendor."""
    vendor = vendor_access.find_vendor(worlds, call.params["vendor"])
    title = vendor.contract.document.root["info"]["title"]
    nothing = {"openapi": "3.1.0", "info": {"title": f"{title} backstage", "version": "1"}, "paths": {}}
    server = {
        "url": f"{vendor_access.server_url(call)}/_mock/worlds/{{world}}/backstage/{vendor.name}",
        "variables": {"world": {"default": DEFAULT_WORLD}},
    }
    document = vendor.backstage.contract.document.root if vendor.backstage else nothing
    return {**document, "servers": [server]}


def _reply(action: str, sent: WireReply) -> Reply:
    body: Any = orjson.loads(sent.body) if sent.body else NOTHING
    if sent.status >= 400:
        body["message"] = f"{action}: {body['message']}"
    return Reply(body, sent.status)
