"""Endpoints of consumers."""

from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import (
    audience_records,
    consumer_query,
    consumer_search,
    member_records,
    order_records,
)
from mockserver.vendors.fanfare.consumer_pages import build_page
from mockserver.vendors.fanfare.consumer_records import WRITABLE_FIELDS, ConsumerWriter, find, to_response
from mockserver.vendors.fanfare.organization import caller_organization


def list_consumers(call: Call, world: World) -> object:
    """`{data, pageInfo}`. Raises audience_not_found and validation_failed."""
    return consumer_query.query_page(world, caller_organization(call, world), call.params)


def search_consumers(call: Call, world: World) -> object:
    """`{data, pageInfo}`, without consumers where none matches. Raises validation_failed."""
    return consumer_search.search(world, caller_organization(call, world), call.params)


def create_consumer(call: Call, world: World) -> object:
    """Creates a consumer. Raises email_exists."""
    return to_response(_add(ConsumerWriter(world, caller_organization(call, world)), call.body))


def create_consumers(call: Call, world: World) -> object:
    """Creates many consumers, or none if one is invalid. Raises email_exists and batch_too_large."""
    writer = ConsumerWriter(world, caller_organization(call, world))
    return [to_response(_add(writer, body)) for body in call.body]


def update_consumers(call: Call, world: World) -> object:
    """Updates many consumers, or none if one is invalid.

    Raises consumer_not_found, email_exists and batch_too_large.
    """
    organization = caller_organization(call, world)
    writer = ConsumerWriter(world, organization)
    return [to_response(_update(writer, find(world, organization, body["id"]), body)) for body in call.body]


def get_consumer(call: Call, world: World) -> object:
    """A consumer, with its audiences and orders on request. Raises consumer_not_found."""
    organization = caller_organization(call, world)
    record = find(world, organization, call.params["consumerId"])
    return build_page(world, organization, [record], call.params)["data"][0]


def update_consumer(call: Call, world: World) -> object:
    """Updates a consumer. Raises consumer_not_found and email_exists."""
    organization = caller_organization(call, world)
    record = find(world, organization, call.params["consumerId"])
    return to_response(_update(ConsumerWriter(world, organization), record, call.body))


def delete_consumer(call: Call, world: World) -> object:
    """Deletes a consumer with its orders and returns it. Raises consumer_not_found."""
    organization = caller_organization(call, world)
    record = find(world, organization, call.params["consumerId"])
    order_records.remove_all(world, record["id"])
    ConsumerWriter(world, organization).remove(record)
    return to_response(record)


def list_consumer_audiences(call: Call, world: World) -> object:
    """The audiences of a consumer, newest first. Raises consumer_not_found."""
    organization = caller_organization(call, world)
    id = find(world, organization, call.params["consumerId"])["id"]
    audiences = member_records.audiences_by_consumer(world, organization, [id])[id]
    return [audience_records.to_response(world, audience) for audience in audiences]


def _add(writer: ConsumerWriter, body: dict[str, Any]) -> Record:
    fields = _writable_fields(body)
    _require_free_email(writer, fields, "")
    return writer.add(fields)


def _update(writer: ConsumerWriter, record: Record, body: dict[str, Any]) -> Record:
    fields = _writable_fields(body)
    _require_free_email(writer, fields, record["id"])
    return writer.update(record, fields)


def _writable_fields(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in WRITABLE_FIELDS if name in body}


def _require_free_email(writer: ConsumerWriter, fields: dict[str, Any], except_id: str) -> None:
    if fields.get("email"):
        other = writer.find_id("email", fields["email"])
        if other not in (None, except_id):
            raise Problem("email_exists")
