"""The place where the files of imports are put: the address itself is the permission."""

import hmac

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, import_records, signatures


def upload_import(call: Call, world: World) -> object:
    """Nothing; the import goes on by itself. Problems: signature_does_not_match, upload_expired,
    import_not_found (its audience is archived), import_uploaded."""
    params = call.params
    key = f"imports/{params['organizationId']}/{params['audienceId']}/{params['file']}"
    date, seconds = params["X-Amz-Date"], params["X-Amz-Expires"]
    record = import_records.with_key(world, key)
    if record is None:
        raise Problem("signature_does_not_match")
    expected = signatures.signature(world, record["id"], key, date, seconds)
    if not hmac.compare_digest(expected.encode(), params["X-Amz-Signature"].encode()):
        raise Problem("signature_does_not_match")
    if signatures.has_expired(world, date, seconds):
        raise Problem("upload_expired")
    audience = world.records(audience_records.KIND).get(record["audienceId"])
    if audience is None or audience["archived"]:
        raise Problem("import_not_found")
    if record["status"] != "PENDING":
        raise Problem("import_uploaded")
    import_records.receive(world, record, call.raw)
    return NOTHING
