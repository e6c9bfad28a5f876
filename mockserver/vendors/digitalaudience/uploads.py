"""Endpoint for uploads: the bucket in which customers drop the files of their audiences."""

from hashlib import md5
from html import escape

from mockserver.call import Call, Reply
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    audience_records,
    crm_file_parser,
    onboarding_logic,
    storage_access,
    storage_signature,
)


def put_file(call: Call, world: World) -> object:
    """Nothing but the digest of the stored file. A path that names no audience is stored, and ignored.

    Problems: access_denied, access_key_unknown, signature_does_not_match, bucket_not_found.
    """
    bucket, _, key = call.path.lstrip("/").partition("/")
    organisation = _authorize(call, world, bucket)
    if call.method != "PUT" or not key:
        call.remarks.append("The keys permit only PUT of a file.")
        raise Problem("access_denied")
    content = call.raw
    if call.headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        content = storage_signature.decode_chunks(content)
    remark = _onboard(world, organisation, key, content)
    if remark:
        call.remarks.append(f"The file {key} is stored and ignored: {remark}.")
    return Reply(headers={"ETag": f'"{md5(content, usedforsecurity=False).hexdigest()}"'})


def _authorize(call: Call, world: World, bucket: str) -> int:
    """The organisation whose bucket the caller may write to."""
    signature = storage_signature.read_signature(call)
    if signature is None:
        call.remarks.append(
            "The call has no AWS Signature Version 4; backstage action sign_upload signs a URL."
        )
        raise Problem("access_denied")
    issued = storage_access.list_all(world)
    access = next((one for one in issued if one.access_key == signature.access_key), None)
    if access is None:
        raise Problem("access_key_unknown", key=escape(signature.access_key, quote=False))
    if not storage_signature.is_valid(call, signature, access.secret):
        raise Problem("signature_does_not_match", key=escape(signature.access_key, quote=False))
    if bucket not in [one.bucket for one in issued]:
        raise Problem("bucket_not_found", bucket=escape(bucket, quote=False))
    if bucket != access.bucket:
        raise Problem("access_denied")
    return access.organisation


def _onboard(world: World, organisation: int, key: str, content: bytes) -> str | None:
    """Processes the file later; the reason if it is ignored."""
    try:
        upload = crm_file_parser.parse_path(key)
    except ValueError as error:
        return str(error)
    audience = audience_records.get(world, upload.audience_id)
    if audience is None or audience["organisation"] != organisation:
        return f"the organisation has no audience {upload.audience_id}"
    if audience["source"] is not None:
        return f"audience {upload.audience_id} is a {audience['type']}"
    onboarding_logic.receive_file(world, audience, upload.mode, content)
    return None
