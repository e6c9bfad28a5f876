"""Endpoints of imports, and the upload of their files."""

import hashlib
import hmac

from mockserver.call import Call, Reply
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

    The same file may be sent again: that is how a client repairs a lost reply. Raises two_authentications,
    signature_does_not_match (for another path or method too, which are signed as well) and upload_expired.
    """
    if "authorization" in call.headers:
        raise Problem("two_authentications")
    params = call.params
    date, seconds = params["X-Amz-Date"], params["X-Amz-Expires"]
    record = import_records.find_by_key(world, call.path.removeprefix("/_uploads/"))
    if record is None or call.method != "PUT":
        raise Problem("signature_does_not_match")
    expected = upload_signatures.compute_signature(world, record, date, seconds)
    if not hmac.compare_digest(expected.encode(), params["X-Amz-Signature"].encode()):
        raise Problem("signature_does_not_match")
    expires = upload_signatures.expiry(date, seconds)
    if world.now() > expires:
        raise Problem(
            "upload_expired",
            lifetime=seconds,
            expires=upload_signatures.format_second(expires),
            server_time=upload_signatures.format_second(world.now()),
        )
    import_logic.receive_file(world, record, call.raw)
    digest = hashlib.md5(call.raw, usedforsecurity=False).hexdigest()
    return Reply(headers={"ETag": f'"{digest}"'})


def _find_audience(call: Call, world: World) -> Record:
    return audience_records.find(world, caller_organization(call, world), call.params["audienceId"])
