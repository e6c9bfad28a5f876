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
from mockserver.vendors.fanfare.consumer_pages import build_page
from mockserver.vendors.fanfare.consumer_records import WRITABLE_FIELDS, ConsumerWriter, find, to_response
from mockserver.vendors.fanfare.organization import caller_organization


def list_consumers(call: Call, world: World) -> object:
    """`{data, pageInfo}`. Problems: audience_not_found, validation_failed for a cursor that is none."""
    return consumer_query.query_page(world, caller_organization(call, world), call.params)


def create_consumer(call: Call, world: World) -> object:
    """The consumer. Problem: email_exists."""
    organization = caller_organization(call, world)
    given = _writable_fields(call)
    _require_free_email(world, organization, given, "")
    return to_response(ConsumerWriter(world, organization).add(given))


def get_consumer(call: Call, world: World) -> object:
    """The consumer, with its audiences if asked for. Problem: consumer_not_found."""
    organization = caller_organization(call, world)
    record = find(world, organization, call.params["consumerId"])
    return build_page(world, organization, [record], call.params)["data"][0]


def update_consumer(call: Call, world: World) -> object:
    """The consumer as it is now. Problems: consumer_not_found, email_exists."""
    organization = caller_organization(call, world)
    record = find(world, organization, call.params["consumerId"])
    given = _writable_fields(call)
    _require_free_email(world, organization, given, record["id"])
    return to_response(ConsumerWriter(world, organization).update(record, given))


def delete_consumer(call: Call, world: World) -> object:
    """The consumer as it was. Problem: consumer_not_found."""
    organization = caller_organization(call, world)
    record = find(world, organization, call.params["consumerId"])
    ConsumerWriter(world, organization).remove(record)
    return to_response(record)


def list_consumer_audiences(call: Call, world: World) -> object:
    """The audiences that the consumer is in, the newest first. Problem: consumer_not_found."""
    organization = caller_organization(call, world)
    id = find(world, organization, call.params["consumerId"])["id"]
    audiences = member_records.audiences_by_consumer(world, organization, [id])[id]
    return [audience_records.to_response(world, audience) for audience in audiences]


def _writable_fields(call: Call) -> dict[str, Any]:
    return {name: call.body[name] for name in WRITABLE_FIELDS if name in call.body}


def _require_free_email(world: World, organization: str, given: dict[str, Any], own_id: str) -> None:
    if given.get("email"):
        other = consumer_index.find(world, organization, "email", given["email"])
        if other not in (None, own_id):
            raise Problem("email_exists")
