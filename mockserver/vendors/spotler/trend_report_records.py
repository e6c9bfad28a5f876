"""Storage of trend reports. Their ids are numbers, counted from 1."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import mailing_records, timestamps

_KIND: Final = "trend_report"


def add(world: World, report: Mapping[str, Any]) -> Record:
    """Stores a trend report and returns it."""
    id = world.records(_KIND).count() + 1
    record: Record = {
        "id": id,
        "name": report["name"],
        "enabled": report.get("enabled", True),
        "target": report.get("target", "OTHER"),
        "createDate": timestamps.to_moment(world.now()),
        "contentType": report.get("contentType", "MARKETING"),
        "reportingEnabled": False,
        "author": mailing_records.SENDER,
    }
    world.records(_KIND).add(str(id), record)
    return record


def page(world: World, skip: int, limit: int, enabled: bool | None) -> list[Record]:
    """A page of the trend reports, or of those that are enabled or not, with the number of their mailings."""
    found = (row.record for row in world.records(_KIND).iterate())
    page = [one for one in found if enabled in (None, one["enabled"])][skip : skip + limit]
    return [{**one, "mailingCount": mailing_records.count_of_trend_report(world, one["id"])} for one in page]


def exists(world: World, id: int) -> bool:
    """True if the account has a trend report of this id."""
    return world.records(_KIND).has(str(id))
