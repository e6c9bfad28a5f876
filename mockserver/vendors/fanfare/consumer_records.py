"""Consumers as they are kept, with all that has to follow when one comes, changes or goes."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.formats.json_pointer import json_equal
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import consumer_index, ids, timestamps
from mockserver.vendors.fanfare.member_logic import MembershipUpdater
from mockserver.vendors.fanfare.member_records import CONSUMER_KIND

WRITABLE_FIELDS: Final = ("email", "phone", "fullName", "metadata", "externalId")
"""What callers may say of a consumer; the rest comes of what the consumer does."""


def new_record(id: str, organization: str, created: str) -> Record:
    """The record of a consumer of whom nothing is known yet."""
    return {
        "id": id,
        "organizationId": organization,
        "email": None,
        "phone": None,
        "fullName": None,
        "metadata": None,
        "externalId": None,
        "totalOrders": 0,
        "totalOrderValue": 0,
        "lastOrderAt": None,
        "createdAt": created,
        "updatedAt": created,
    }


def find(world: World, organization: str, id: str) -> Record:
    """The consumer of this organisation. Raises the problem consumer_not_found."""
    record = world.records(CONSUMER_KIND).get(id)
    if record is None or record["organizationId"] != organization:
        raise Problem("consumer_not_found")
    return record


def to_response(record: Record) -> dict[str, Any]:
    """The consumer as replies show it."""
    return {name: value for name, value in record.items() if name != "organizationId"}


class ConsumerWriter:
    """The consumers of one organisation while some of them change."""

    def __init__(self, world: World, organization: str) -> None:
        self._world = world
        self._organization = organization
        self._records = world.records(CONSUMER_KIND)
        self._memberships = MembershipUpdater(world, organization)

    def add(self, given: Mapping[str, Any]) -> Record:
        """A new consumer with what is said of them."""
        created = timestamps.format_timestamp(timestamps.to_millis(self._world.now()))
        record = {**new_record(ids.generate_id(self._world, "cons"), self._organization, created), **given}
        self._records.add(record["id"], record, self._organization, timestamps.parse_timestamp(created))
        consumer_index.change(self._world, None, record)
        self._memberships.update(None, record)
        return record

    def update(self, before: Record, given: Mapping[str, Any]) -> Record:
        """The consumer with the given members changed; one that has not changed stays untouched."""
        after = {**before, **given}
        if json_equal(after, before):
            return before
        after["updatedAt"] = timestamps.format_timestamp(timestamps.to_millis(self._world.now()))
        self._records.update(after["id"], after)
        consumer_index.change(self._world, before, after)
        self._memberships.update(before, after)
        return after

    def remove(self, record: Record) -> None:
        """Forgets a consumer, at once and everywhere."""
        self._records.remove(record["id"])
        consumer_index.change(self._world, record, None)
        self._memberships.remove(record)

    def find_existing(self, given: Mapping[str, Any]) -> Record | None:
        """The consumer with the same e-mail address, else the same phone, else the same external id."""
        for identifier in consumer_index.IDENTIFIERS:
            if given.get(identifier):
                id = consumer_index.find(self._world, self._organization, identifier, given[identifier])
                if id:
                    return self._records.get(id)
        return None

    def upsert(self, given: Mapping[str, Any]) -> Record:
        """The consumer who is recognised, changed, else a new one; metadata is added to what there is."""
        known = self.find_existing(given)
        if known is None:
            return self.add(given)
        if given.get("metadata"):
            given = {**given, "metadata": {**(known["metadata"] or {}), **given["metadata"]}}
        return self.update(known, given)
