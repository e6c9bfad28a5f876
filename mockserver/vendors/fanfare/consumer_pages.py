"""Pages of consumers: cursors say where a page ended, so the next costs the same however far on it is."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, Final

import orjson

from mockserver.errors import Problem
from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, consumer_records, member_records, timestamps
from mockserver.vendors.fanfare.errors import validation_failed

SCAN_SIZE: Final = 500
"""So many are read at once where a search may pass over most of them."""

DEFAULT_SIZE: Final = 20
"""A page's size unless it is asked for: a world that allows less gives less."""

Predicate = Callable[[Record], bool]


def page_size(world: World, params: Mapping[str, Any], parameter: str = "first") -> int:
    """How many a page may hold. Raises the problem validation_failed for more than the world allows."""
    wanted, largest = int(params[parameter]), int(world.switches["largest_page"])
    if wanted > largest and wanted != DEFAULT_SIZE:
        raise validation_failed((parameter, f"{wanted} is greater than the maximum of {largest}"))
    return min(wanted, largest)


def encode_cursor(record: Record, sort_by: str = "createdAt") -> str:
    """The cursor of a consumer: base64 of `{"id": …, "sortValue": …}`, as the documentation tells."""
    return b64encode(orjson.dumps({"id": record["id"], "sortValue": record[sort_by]})).decode()


def decode_cursor(text: str, parameter: str) -> tuple[str, Any]:
    """The id and the sort value of a cursor. Raises the problem validation_failed."""
    try:
        cursor = orjson.loads(b64decode(text, validate=True))
    except ValueError as error:
        raise invalid_cursor(parameter) from error
    if not isinstance(cursor, dict) or not isinstance(cursor.get("id"), str) or "sortValue" not in cursor:
        raise invalid_cursor(parameter)
    return cursor["id"], cursor["sortValue"]


def parse_position(params: Mapping[str, Any], parameter: str = "after") -> Cursor | None:
    """The place in the order of creation that a parameter names. Raises the problem validation_failed."""
    if parameter not in params:
        return None
    id, value = decode_cursor(params[parameter], parameter)
    try:
        return Cursor(timestamps.parse_timestamp(value), id)
    except (TypeError, ValueError) as error:
        raise invalid_cursor(parameter) from error


def invalid_cursor(parameter: str) -> Problem:
    """What is said to a cursor that is none of ours."""
    return validation_failed((parameter, "Invalid cursor"))


def search_predicate(params: Mapping[str, Any]) -> Predicate | None:
    """The test of `search`: a part of e-mail, phone or name, whatever its case; None if none is asked."""
    term = params.get("search", "").casefold()
    if not term:
        return None
    return lambda consumer: any(
        term in consumer[name].casefold() for name in ("email", "phone", "fullName") if consumer[name]
    )


def member_page(
    world: World, organization: str, audiences: list[str], params: Mapping[str, Any]
) -> dict[str, Any]:
    """A page of the members of these audiences, each once, the newest first."""
    fits, first = search_predicate(params), page_size(world, params)
    entries = member_records.iterate(
        world, audiences, after=parse_position(params), size=SCAN_SIZE if fits else first
    )
    get = world.records(member_records.CONSUMER_KIND).get
    members = (record for entry in entries if (record := get(entry.target)))
    found = list(islice(filter(fits, members) if fits else members, first))
    return build_page(world, organization, found, params)


def build_page(
    world: World,
    organization: str,
    found: Iterable[Record],
    params: Mapping[str, Any],
    sort_by: str = "createdAt",
) -> dict[str, Any]:
    """The reply; both cursors are null where nothing is found."""
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
