"""Endpoints of imports, and the upload of their files."""

import hmac

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, import_logic, import_records, upload_signatures
from mockserver.vendors.fanfare.organization import caller_organization


def create_audience_import(call: Call, world: World) -> object:
    """Creates an import and returns it with its upload URL.

    Raises audience_not_found and, for a dynamic audience, imports_not_supported.
    """
    audience = _find_audience(call, world)
    if audience["type"] == audience_records.DYNAMIC:
        raise Problem("imports_not_supported")
    record = import_records.create(world, audience)
    url = upload_signatures.signed_upload_url(world, call.origin, record)
    return {**audience_records.import_to_response(record), "uploadUrl": url}


def get_audience_import(call: Call, world: World) -> object:
    """The newest import of the audience. Raises audience_not_found and import_not_found."""
    return audience_records.import_to_response(import_records.find_newest(world, _find_audience(call, world)))


def upload_import(call: Call, world: World) -> object:
    """Accepts the file of an import; the signed URL authorizes the call.

    Raises signature_does_not_match, upload_expired, import_uploaded, and import_not_found if the audience
    is archived.
    """
    params = call.params
    key = f"imports/{params['organizationId']}/{params['audienceId']}/{params['file']}"
    date, seconds = params["X-Amz-Date"], params["X-Amz-Expires"]
    record = import_records.find_by_key(world, key)
    if record is None:
        raise Problem("signature_does_not_match")
    expected = upload_signatures.compute_signature(world, record, date, seconds)
    if not hmac.compare_digest(expected.encode(), params["X-Amz-Signature"].encode()):
        raise Problem("signature_does_not_match")
    if upload_signatures.has_expired(world, date, seconds):
        raise Problem("upload_expired")
    audience = world.records(audience_records.AUDIENCE_KIND).get(record["audienceId"])
    if audience is None or audience["archived"]:
        raise Problem("import_not_found")
    if record["status"] != "PENDING":
        raise Problem("import_uploaded")
    import_logic.receive_file(world, record, call.raw)
    return NOTHING


def _find_audience(call: Call, world: World) -> Record:
    return audience_records.find(world, caller_organization(call, world), call.params["audienceId"])
