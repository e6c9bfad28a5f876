"""Endpoints of consumers."""

from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.fanfare import (
    audience_records,
    consumer_query,
    member_records,
)
from mockserver.vendors.fanfare.consumer_pages import build_page
from mockserver.vendors.fanfare.consumer_records import WRITABLE_FIELDS, ConsumerWriter, find, to_response
from mockserver.vendors.fanfare.organization import caller_organization


def list_consumers(call: Call, world: World) -> object:
    """`{data, pageInfo}`. Raises audience_not_found and validation_failed."""
    return consumer_query.query_page(world, caller_organization(call, world), call.params)


def create_consumer(call: Call, world: World) -> object:
    """Creates a consumer. Raises email_exists."""
    writer, fields = ConsumerWriter(world, caller_organization(call, world)), _writable_fields(call)
    _require_free_email(writer, fields, "")
    return to_response(writer.add(fields))


def get_consumer(call: Call, world: World) -> object:
    """A consumer, with its audiences on request. Raises consumer_not_found."""
    organization = caller_organization(call, world)
    record = find(world, organization, call.params["consumerId"])
    return build_page(world, organization, [record], call.params)["data"][0]


def update_consumer(call: Call, world: World) -> object:
    """Updates a consumer. Raises consumer_not_found and email_exists."""
    organization = caller_organization(call, world)
    record = find(world, organization, call.params["consumerId"])
    writer, fields = ConsumerWriter(world, organization), _writable_fields(call)
    _require_free_email(writer, fields, record["id"])
    return to_response(writer.update(record, fields))


def delete_consumer(call: Call, world: World) -> object:
    """Deletes a consumer and returns it. Raises consumer_not_found."""
    organization = caller_organization(call, world)
    record = find(world, organization, call.params["consumerId"])
    ConsumerWriter(world, organization).remove(record)
    return to_response(record)


def list_consumer_audiences(call: Call, world: World) -> object:
    """The audiences of a consumer, newest first. Raises consumer_not_found."""
    organization = caller_organization(call, world)
    id = find(world, organization, call.params["consumerId"])["id"]
    audiences = member_records.audiences_by_consumer(world, organization, [id])[id]
    return [audience_records.to_response(world, audience) for audience in audiences]


def _writable_fields(call: Call) -> dict[str, Any]:
    return {name: call.body[name] for name in WRITABLE_FIELDS if name in call.body}


def _require_free_email(writer: ConsumerWriter, fields: dict[str, Any], except_id: str) -> None:
    if fields.get("email"):
        other = writer.find_id("email", fields["email"])
        if other not in (None, except_id):
            raise Problem("email_exists")
