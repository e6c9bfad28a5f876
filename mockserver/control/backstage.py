"""What a person would do in a vendor's own user interface."""

from dataclasses import replace

import orjson

from mockserver.call import NOTHING, Answer, Call, Reply
from mockserver.control import vendor_access
from mockserver.errors import BrokenPromise, Problem
from mockserver.pipeline.handler import answer_directly
from mockserver.state.worlds import Worlds


def run_backstage(call: Call, worlds: Worlds) -> object:
    """What the action answers, as the vendor's backstage contract has it.

    Raises unknown_world, unknown_vendor, unknown_action.
    """
    registered = worlds.get(call.params["world"])
    vendor = vendor_access.vendor(worlds, call.params["vendor"])
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
        origin=vendor_access.of_world(worlds, registered, vendor_access.base(call))[vendor.name]["url"],
    )
    world = worlds.enter(registered, vendor.name)
    when = world.settings.jobs
    before = (lambda: 0) if when == "manual" else (lambda: worlds.run_due(registered))
    sent, note = answer_directly(vendor.backstage, inner, world, worlds.store.transaction, before)
    if note.flaw:
        raise BrokenPromise(f"backstage {vendor.name} {action.id}: {note.why}")
    if when == "immediate" and sent.status < 400:
        worlds.run_at_once(registered, vendor.name)
    return _reply(sent)


def _reply(sent: Answer) -> Reply:
    return Reply(orjson.loads(sent.body) if sent.body else NOTHING, sent.status)
