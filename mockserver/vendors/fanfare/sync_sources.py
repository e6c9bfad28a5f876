"""Endpoints of sync sources."""

from itertools import islice

from mockserver.call import Call
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, cursors, sync_source_records, timestamps
from mockserver.vendors.fanfare.organization import caller_organization
from mockserver.vendors.fanfare.pages import SCAN_SIZE, build_page, page_size
from mockserver.vendors.fanfare.problems import validation_failed

_WRITABLE_FIELDS = ("syncSource", "syncSourceId", "syncStatus", "lastSyncedAt", "sourceData")


def search_sync_sources(call: Call, world: World) -> object:
    """`{data, pageInfo}`, newest first. Raises validation_failed."""
    organization, params = caller_organization(call, world), call.params
    position = cursors.parse_position(world, params)
    wanted = {name: params[name] for name in ("syncSource", "syncSourceId") if name in params}

    def matching() -> "list[Record]":
        found: list[Record] = []
        after, size = position, page_size(world, params)
        while len(found) < size and (
            rows := sync_source_records.page(world, organization, limit=SCAN_SIZE, after=after)
        ):
            fitting = (row.record for row in rows if wanted.items() <= row.record.items())
            found += islice(fitting, size - len(found))
            after = rows[-1].cursor
        return found

    return build_page(world, matching(), sync_source_records.to_response)


def create_sync_source(call: Call, world: World) -> object:
    """Creates a source that no audience mirrors yet. Raises validation_failed."""
    fields = _parse_fields(call)
    name, external_id = fields.pop("syncSource"), fields.pop("syncSourceId")
    source = sync_source_records.create(world, caller_organization(call, world), name, external_id, **fields)
    return sync_source_records.to_response(source)


def get_sync_source(call: Call, world: World) -> object:
    """A source. Raises sync_source_not_found."""
    return sync_source_records.to_response(_find(call, world))


def update_sync_source(call: Call, world: World) -> object:
    """Updates a source. Raises sync_source_not_found and validation_failed."""
    source, fields = _find(call, world), _parse_fields(call)
    audience_records.move_sync_source(world, source, source | fields)
    source |= fields
    sync_source_records.save(world, source)
    return sync_source_records.to_response(source)


def delete_sync_source(call: Call, world: World) -> object:
    """Archives a source and returns it; its audience loses it. Raises sync_source_not_found."""
    source = _find(call, world)
    audience_records.detach_sync_source(world, source)
    return sync_source_records.to_response(sync_source_records.archive(world, source))


def _find(call: Call, world: World) -> Record:
    return sync_source_records.find(world, caller_organization(call, world), call.params["sourceId"])


def _parse_fields(call: Call) -> Record:
    fields = {name: call.body[name] for name in _WRITABLE_FIELDS if name in call.body}
    if fields.get("lastSyncedAt") is not None:
        try:
            moment = timestamps.parse_timestamp(fields["lastSyncedAt"])
        except ValueError as error:  # for example the year 0000, which JSON Schema accepts
            raise validation_failed(("lastSyncedAt", "Invalid date")) from error
        fields["lastSyncedAt"] = timestamps.format_timestamp(moment)
    return fields
