"""Consumers: the people whom audiences are made of."""

from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.fanfare import (
    audience_records,
    consumer_index,
    consumer_query,
    member_records,
)
from mockserver.vendors.fanfare.consumer_pages import page
from mockserver.vendors.fanfare.consumer_records import WRITABLE, Register, find, shown
from mockserver.vendors.fanfare.organization import caller_organization


def list_consumers(call: Call, world: World) -> object:
    """`{data, pageInfo}`. Problems: audience_not_found, validation_failed for a cursor that is none."""
    return consumer_query.consumers(world, caller_organization(call, world), call.params)


def create_consumer(call: Call, world: World) -> object:
    """The consumer. Problem: email_exists."""
    organization = caller_organization(call, world)
    given = _given(call)
    _demand_own_email(world, organization, given, "")
    return shown(Register(world, organization).add(given))


def get_consumer(call: Call, world: World) -> object:
    """The consumer, with its audiences if asked for. Problem: consumer_not_found."""
    organization = caller_organization(call, world)
    record = find(world, organization, call.params["consumerId"])
    return page(world, organization, [record], call.params)["data"][0]


def update_consumer(call: Call, world: World) -> object:
    """The consumer as it is now. Problems: consumer_not_found, email_exists."""
    organization = caller_organization(call, world)
    record = find(world, organization, call.params["consumerId"])
    given = _given(call)
    _demand_own_email(world, organization, given, record["id"])
    return shown(Register(world, organization).change(record, given))


def delete_consumer(call: Call, world: World) -> object:
    """The consumer as it was. Problem: consumer_not_found."""
    organization = caller_organization(call, world)
    record = find(world, organization, call.params["consumerId"])
    Register(world, organization).remove(record)
    return shown(record)


def list_consumer_audiences(call: Call, world: World) -> object:
    """The audiences that the consumer is in, the newest first. Problem: consumer_not_found."""
    organization = caller_organization(call, world)
    id = find(world, organization, call.params["consumerId"])["id"]
    audiences = member_records.audiences_of(world, organization, [id])[id]
    return [audience_records.shown(world, audience) for audience in audiences]


def _given(call: Call) -> dict[str, Any]:
    return {name: call.body[name] for name in WRITABLE if name in call.body}


def _demand_own_email(world: World, organization: str, given: dict[str, Any], own_id: str) -> None:
    if given.get("email"):
        other = consumer_index.find(world, organization, "email", given["email"])
        if other not in (None, own_id):
            raise Problem("email_exists")
