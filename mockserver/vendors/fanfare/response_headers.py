"""Response headers besides those of the rate limit."""

from mockserver.call import Call
from mockserver.state.world import World


def response_headers(call: Call, _world: World) -> dict[str, str]:
    """`X-Request-Id`, which error bodies may repeat."""
    return {"X-Request-Id": f"req_{call.id.replace('-', '')[:24]}"}
