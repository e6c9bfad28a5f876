"""Search for consumers by a term, and by exact e-mail address, phone number or external id."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import consumer_index, consumer_pages
from mockserver.vendors.fanfare.member_records import CONSUMER_KIND
from mockserver.vendors.fanfare.pages import page_size
from mockserver.vendors.fanfare.problems import validation_failed


def search(world: World, organization: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The first consumers that match every given parameter, newest first: `{data, pageInfo}`.

    Raises validation_failed without any parameter.
    """
    wanted = {name: params[name] for name in consumer_index.IDENTIFIERS if name in params}
    matches = consumer_pages.search_predicate(params, "q")
    if not wanted and matches is None:
        raise validation_failed(("q", "Required"))
    candidates = _find_exactly(world, organization, wanted) if wanted else _iterate(world, organization)
    found = islice(filter(matches, candidates) if matches else candidates, page_size(world, params))
    return consumer_pages.build_page(world, organization, found, {})


def _find_exactly(world: World, organization: str, wanted: Mapping[str, str]) -> Iterator[Record]:
    """The consumers with all of these identifiers, newest first."""
    index, records = consumer_index.ConsumerIndex(world), world.records(CONSUMER_KIND)
    found = set.intersection(
        *({*index.find_all(organization, name, value)} for name, value in wanted.items())
    )
    # Ids sort by the time of creation.
    return (record for id in sorted(found, reverse=True) if (record := records.get(id)))


def _iterate(world: World, organization: str) -> Iterator[Record]:
    rows = world.records(CONSUMER_KIND).iterate(organization, newest_first=True)
    return (row.record for row in rows)
