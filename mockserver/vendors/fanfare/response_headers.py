"""What stands on every reply beside what is left of the minute: the id of the request."""

from mockserver.call import Call
from mockserver.state.world import World


def response_headers(call: Call, _world: World) -> dict[str, str]:
    """`X-Request-Id`, which refusals repeat."""
    return {"X-Request-Id": f"req_{call.id.replace('-', '')[:24]}"}
