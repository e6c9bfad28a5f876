"""Response headers besides those of the rate limit."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.fanfare.request_ids import host_id, is_upload, request_id, storage_request_id


def response_headers(call: Call, _world: World) -> dict[str, str]:
    """`X-Request-Id`, which error bodies may repeat; for an upload, the ids of the file store instead."""
    if is_upload(call):
        return {"x-amz-request-id": storage_request_id(call), "x-amz-id-2": host_id(call)}
    return {"X-Request-Id": request_id(call)}
