"""Imports: consumers come into an audience from a file."""

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, import_records, signatures, tenant


def create_audience_import(call: Call, world: World) -> object:
    """The import, waiting, with the address for its file. Problems: audience_not_found,
    imports_not_supported for a dynamic audience."""
    audience = _audience(call, world)
    if audience["type"] == audience_records.DYNAMIC:
        raise Problem("imports_not_supported")
    record = import_records.open_one(world, audience)
    address = signatures.upload_address(world, call.origin, record["id"], record["s3Key"])
    return {**audience_records.shown_import(record), "uploadUrl": address}


def get_audience_import(call: Call, world: World) -> object:
    """The newest import of the audience. Problems: audience_not_found, import_not_found."""
    return audience_records.shown_import(import_records.newest(world, _audience(call, world)))


def _audience(call: Call, world: World) -> Record:
    return audience_records.find(world, tenant.of(call, world), call.params["audienceId"])
