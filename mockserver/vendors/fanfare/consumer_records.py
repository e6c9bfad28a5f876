"""Storage of consumers; each change also updates the identifier index and the audience members."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.formats.json_pointer import json_equal
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import consumer_index, ids, timestamps
from mockserver.vendors.fanfare.member_logic import MembershipUpdater
from mockserver.vendors.fanfare.member_records import CONSUMER_KIND
from mockserver.vendors.fanfare.webhook_logic import Publisher

WRITABLE_FIELDS: Final = ("email", "phone", "fullName", "metadata", "externalId")
"""The fields that callers can set; orders change the others."""


def new_record(id: str, organization: str, created: str) -> Record:
    """The record of a consumer without any attributes."""
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
    """The consumer of this organization. Raises consumer_not_found."""
    record = world.records(CONSUMER_KIND).get(id)
    if record is None or record["organizationId"] != organization:
        raise Problem("consumer_not_found")
    return record


def to_response(record: Record) -> dict[str, Any]:
    """The consumer as in responses."""
    return {name: value for name, value in record.items() if name != "organizationId"}


class ConsumerWriter:
    """Writes the consumers of one organization; `source` is what creates them, as webhooks name it."""

    def __init__(self, world: World, organization: str, source: str = "admin_api") -> None:
        self._world = world
        self._organization = organization
        self._source = source
        self._records = world.records(CONSUMER_KIND)
        self._index = consumer_index.ConsumerIndex(world)

    @cached_property
    def _memberships(self) -> MembershipUpdater:
        return MembershipUpdater(self._world, self._organization)

    @cached_property
    def _publisher(self) -> Publisher:
        return Publisher(self._world, self._organization)

    def find_id(self, identifier: str, value: str) -> str | None:
        """The id of the consumer with this value of an identifier."""
        return self._index.find(self._organization, identifier, value)

    def add(self, fields: Mapping[str, Any]) -> Record:
        """Adds a consumer with these fields."""
        created = timestamps.now(self._world)
        record = {**new_record(ids.generate_id(self._world, "cons"), self._organization, created), **fields}
        self._records.add(record["id"], record, self._organization, timestamps.parse_timestamp(created))
        self._index.update(None, record)
        self._memberships.update(None, record)
        self._publisher.consumer_created(record, self._source)
        return record

    def update(self, before: Record, fields: Mapping[str, Any]) -> Record:
        """Updates these fields of a consumer; writes nothing if none of them changes."""
        after = {**before, **fields}
        if json_equal(after, before):
            return before
        after["updatedAt"] = timestamps.now(self._world)
        self._records.update(after["id"], after)
        self._index.update(before, after)
        self._memberships.update(before, after)
        changed = [name for name in WRITABLE_FIELDS if not json_equal(before[name], after[name])]
        self._publisher.consumer_updated(after, changed)
        return after

    def remove(self, record: Record) -> None:
        """Deletes a consumer and all its memberships."""
        self._records.remove(record["id"])
        self._index.update(record, None)
        self._memberships.remove(record)

    def find_existing(self, fields: Mapping[str, Any]) -> Record | None:
        """The consumer with the same e-mail address, or else phone number, or else external id."""
        for identifier in consumer_index.IDENTIFIERS:
            if fields.get(identifier):
                id = self.find_id(identifier, fields[identifier])
                if id:
                    return self._records.get(id)
        return None

    def upsert(self, fields: Mapping[str, Any]) -> Record:
        """Updates the existing consumer with these identifiers, or adds one; metadata is merged."""
        existing = self.find_existing(fields)
        if existing is None:
            return self.add(fields)
        if fields.get("metadata"):
            fields = {**fields, "metadata": {**(existing["metadata"] or {}), **fields["metadata"]}}
        return self.update(existing, fields)
