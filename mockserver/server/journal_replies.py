"""Replies of the control API that take time: the stream of a journal, and calls that wait for an exchange."""

from collections.abc import Callable
from typing import Any, Final

import orjson
from flask import Response, request

from mockserver.call import Call, WireReply
from mockserver.errors import Problem
from mockserver.server.app_context import AppContext
from mockserver.server.security_headers import SECURITY_HEADERS
from mockserver.server.wsgi_adapter import CONNECTION
from mockserver.state.journal import Position

_NO_BUFFERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_OK: Final = 200
_NOTHING: Final[dict[str, Any]] = {}


def begin_stream(context: AppContext, call: Call, opening: WireReply) -> Response:
    """The response that streams the journal. Raises the problems cannot_stream, too_many_watchers."""
    if CONNECTION not in request.environ:  # another server would hold a thread as long as the client stays
        raise Problem("cannot_stream")
    world = call.params["world"]
    after = call.params.get("after")
    if after is None:
        after = context.worlds.activity(context.worlds.peek(world))[1].last_number()
    stream = context.watch.stream(world, after, opening.body)
    headers = {**opening.headers, **SECURITY_HEADERS, **_NO_BUFFERS}
    return Response(stream.begin(request.environ), opening.status, headers)


def wait_for_page(
    context: AppContext, call: Call, first: WireReply, again: Callable[[], WireReply]
) -> Response | None:
    """The response that waits until the page has an exchange; None if the first page is to be sent.

    `again` makes the page anew. Raises the problem too_many_watchers.
    """
    seconds, page = call.params.get("wait", 0), _page(first)
    if not seconds or page.get("exchanges") != [] or page["next"] is not None:
        return None

    def answer(is_final: bool) -> bytes | None:
        reply = again()
        found = _page(reply)
        has_found = bool(found.get("exchanges")) or found.get("next") is not None
        return reply.body if reply.status == _OK and (has_found or is_final) else None

    position = Position(page["version"], page["begun"], page["last"])
    stream = context.watch.wait(call.params["world"], position, seconds, answer)
    return Response(stream.begin(request.environ), first.status, {**first.headers, **SECURITY_HEADERS})


def _page(reply: WireReply) -> dict[str, Any]:
    page: dict[str, Any] = orjson.loads(reply.body) if reply.status == _OK else _NOTHING
    return page
