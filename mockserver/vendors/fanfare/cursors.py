"""Cursors: a position in a list, valid until it has not been used for 24 hours (documented).

A cursor is a position, not an offset, so a page costs the same wherever it is in the list. It contains the
time at which it was issued, so that only cursors in use for longer are stored.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Final

import orjson

from mockserver.errors import Problem
from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import timestamps
from mockserver.vendors.fanfare.problems import validation_failed

LIFETIME: Final = timedelta(hours=24)
"""How long a cursor stays valid after its last use."""

_LIFETIME_MILLIS: Final = LIFETIME // timedelta(milliseconds=1)
_RECORDED_AFTER_MILLIS: Final = 60_000
"""A use this soon after the issue or the last recorded use is not recorded: most reads write nothing."""

_KIND: Final = "cursor_use"


def encode_cursor(world: World, record: Record, sort_by: str = "createdAt") -> str:
    """The cursor of a record: base64 of `{"id", "sortValue"}`, as documented, with the time of issue."""
    cursor = {
        "id": record["id"],
        "sortValue": record[sort_by],
        "issuedAt": timestamps.to_millis(world.now()) // 1000,
    }
    return b64encode(orjson.dumps(cursor)).decode()


def decode_cursor(world: World, text: str, parameter: str) -> tuple[str, Any]:
    """The id and the sort value in a cursor, whose lifetime starts anew. Raises validation_failed."""
    try:
        cursor = orjson.loads(b64decode(text, validate=True))
    except ValueError as error:
        raise invalid_cursor(parameter) from error
    if not isinstance(cursor, dict) or not isinstance(cursor.get("id"), str) or "sortValue" not in cursor:
        raise invalid_cursor(parameter)
    if type(cursor.get("issuedAt")) is not int:
        raise invalid_cursor(parameter)
    _renew(world, text, cursor["issuedAt"] * 1000, parameter)
    return cursor["id"], cursor["sortValue"]


def parse_position(world: World, params: Mapping[str, Any], parameter: str = "after") -> Cursor | None:
    """The position in order of creation that a cursor parameter names. Raises validation_failed."""
    if parameter not in params:
        return None
    id, value = decode_cursor(world, params[parameter], parameter)
    try:
        return Cursor(timestamps.parse_timestamp(value), id)
    except (TypeError, ValueError) as error:
        raise invalid_cursor(parameter) from error


def invalid_cursor(parameter: str) -> Problem:
    """The problem for a cursor that this server has not issued."""
    return validation_failed((parameter, "Invalid cursor"))


def _renew(world: World, text: str, issued: int, parameter: str) -> None:
    now = timestamps.to_millis(world.now())
    if now - issued < _RECORDED_AFTER_MILLIS:
        return
    id, uses = blake2b(text.encode(), digest_size=16).hexdigest(), world.records(_KIND)
    recorded = uses.view(id)
    used = max(issued, recorded["at"] if recorded else issued)
    if now - used > _LIFETIME_MILLIS:
        raise validation_failed((parameter, "Cursor expired"))
    if now - used >= _RECORDED_AFTER_MILLIS:
        uses.add(id, {"at": now}, rank=0)
