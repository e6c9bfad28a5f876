"""Cursors and pages of consumers.

A cursor is a position, not an offset, so a page costs the same wherever it is in the list.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

import orjson

from mockserver.errors import Problem
from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, consumer_records, member_records, timestamps
from mockserver.vendors.fanfare.problems import validation_failed
from mockserver.vendors.fanfare.rule_matching import Predicate

SCAN_SIZE: Final = 500
"""Consumers read at a time if a search may skip most of them."""

DEFAULT_SIZE: Final = 20
"""The page size of a call without one; not refused but reduced if it exceeds the maximum of the world."""


def page_size(world: World, params: Mapping[str, Any], parameter: str = "first") -> int:
    """The size of the requested page. Raises validation_failed if the world does not allow as many."""
    size, maximum = int(params[parameter]), int(world.switches["largest_page"])
    if size > maximum and size != DEFAULT_SIZE:
        raise validation_failed((parameter, f"{size} is greater than the maximum of {maximum}"))
    return min(size, maximum)


def encode_cursor(record: Record, sort_by: str = "createdAt") -> str:
    """The cursor of a consumer: base64 of `{"id": …, "sortValue": …}`, as documented."""
    return b64encode(orjson.dumps({"id": record["id"], "sortValue": record[sort_by]})).decode()


def decode_cursor(text: str, parameter: str) -> tuple[str, Any]:
    """The id and the sort value in a cursor. Raises validation_failed."""
    try:
        cursor = orjson.loads(b64decode(text, validate=True))
    except ValueError as error:
        raise invalid_cursor(parameter) from error
    if not isinstance(cursor, dict) or not isinstance(cursor.get("id"), str) or "sortValue" not in cursor:
        raise invalid_cursor(parameter)
    return cursor["id"], cursor["sortValue"]


def parse_position(params: Mapping[str, Any], parameter: str = "after") -> Cursor | None:
    """The position in order of creation that a cursor parameter names. Raises validation_failed."""
    if parameter not in params:
        return None
    id, value = decode_cursor(params[parameter], parameter)
    try:
        return Cursor(timestamps.parse_timestamp(value), id)
    except (TypeError, ValueError) as error:
        raise invalid_cursor(parameter) from error


def invalid_cursor(parameter: str) -> Problem:
    """The problem for a cursor that this server has not issued."""
    return validation_failed((parameter, "Invalid cursor"))


def search_predicate(params: Mapping[str, Any]) -> Predicate | None:
    """The filter for `search`: part of e-mail, phone or name, ignoring case. None without `search`."""
    term = params.get("search", "").casefold()
    if not term:
        return None
    return lambda consumer: any(
        term in consumer[name].casefold() for name in ("email", "phone", "fullName") if consumer[name]
    )


def member_page(
    world: World, organization: str, audiences: list[str], params: Mapping[str, Any]
) -> dict[str, Any]:
    """A page of the members of these audiences, each once, newest first."""
    matches, first = search_predicate(params), page_size(world, params)
    entries = member_records.iterate(
        world, audiences, after=parse_position(params), size=SCAN_SIZE if matches else first
    )
    get = world.records(member_records.CONSUMER_KIND).get
    members = (record for entry in entries if (record := get(entry.target)))
    found = list(islice(filter(matches, members) if matches else members, first))
    return build_page(world, organization, found, params)


def build_page(
    world: World,
    organization: str,
    found: Iterable[Record],
    params: Mapping[str, Any],
    sort_by: str = "createdAt",
) -> dict[str, Any]:
    """The response `{data, pageInfo}`; both cursors of an empty page are null."""
    records = list(found)
    data = [consumer_records.to_response(record) for record in records]
    if "audiences" in params.get("include", ()):
        audiences = member_records.audiences_by_consumer(
            world, organization, [record["id"] for record in records]
        )
        for one in data:
            one["audiences"] = [
                audience_records.to_response(world, audience) for audience in audiences[one["id"]]
            ]
    ends = (
        (encode_cursor(records[0], sort_by), encode_cursor(records[-1], sort_by)) if records else (None, None)
    )
    return {"data": data, "pageInfo": {"startCursor": ends[0], "endCursor": ends[1]}}
