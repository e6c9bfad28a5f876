"""Pages of consumers, with the relations that the call includes."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import (
    audience_records,
    consumer_records,
    cursors,
    member_records,
    order_records,
    pages,
)
from mockserver.vendors.fanfare.pages import SCAN_SIZE, page_size
from mockserver.vendors.fanfare.rule_matching import Predicate


def search_predicate(params: Mapping[str, Any], parameter: str = "search") -> Predicate | None:
    """The filter for a search term: part of e-mail, phone or name, ignoring case. None without a term."""
    term = params.get(parameter, "").casefold()
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
        world, audiences, after=cursors.parse_position(world, params), size=SCAN_SIZE if matches else first
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
    """The response `{data, pageInfo}`."""
    page = pages.build_page(world, list(found), consumer_records.to_response, sort_by)
    _include_relations(world, organization, page["data"], params.get("include", ()))
    return page


def _include_relations(
    world: World, organization: str, consumers: list[dict[str, Any]], include: Iterable[str]
) -> None:
    if "audiences" in include:
        audiences = member_records.audiences_by_consumer(
            world, organization, [one["id"] for one in consumers]
        )
        for one in consumers:
            one["audiences"] = [
                audience_records.to_response(world, audience) for audience in audiences[one["id"]]
            ]
    if "orders" in include:
        for one in consumers:
            orders = order_records.list_of_consumer(world, one["id"])
            one["orders"] = [order_records.to_response(order) for order in orders]
