"""Storage of sent mailings and of what each recipient did with them.

A mailing is known by its name: mailings of one name are one mailing.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.formats.timestamps import to_micros
from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.spotler import interaction_records, timestamps
from mockserver.vendors.spotler.interaction_records import BOUNCED, CLICKED, OPENED, SENT

EMAIL: Final = "EMAIL"

SENDER: Final = "Marketing"
"""The author of every mailing."""

FIRST_LINK: Final = 1
"""The id of the link that every e-mail has."""

WEBSITE: Final[dict[str, Any]] = {"id": FIRST_LINK, "name": "Website", "url": "https://www.example.com/"}
"""The link that every e-mail has."""

_ADDRESS: Final = "marketing@example.com"
_MAILING, _RECIPIENT = "sent_mailing", "mailing_recipient"
_TREND_REPORT_INDEX: Final = "mailing_by_trend_report"
_LISTED: Final = ("encryptedId", "name", "scheduledStartDate", "type")


def send(
    world: World, name: str, type: str, contact: str, link: int | None = None, **reactions: Any
) -> Record:
    """Adds a recipient of a mailing, or its reactions, and returns the mailing.

    Reactions are `opened`, `clicked`, `unsubscribed` (booleans) and `bounce` (its type); `link` is the id of
    the clicked link.
    """
    mailing = find_or_add(world, name, type)
    id = mailing["encryptedId"]
    key = f"{id}/{contact}"
    before = world.records(_RECIPIENT).get(key)
    known = {name: value for name, value in reactions.items() if value}
    if before is None:
        world.records(_RECIPIENT).add(key, {"contact": contact, **known}, parent=id)
    elif known:
        world.records(_RECIPIENT).update(key, {**before, **known})
    if mailing["type"] == EMAIL:
        _add_interactions(world, id, contact, before is None, known, link or FIRST_LINK)
    return mailing


def find_or_add(world: World, name: str, type: str) -> Record:
    """The mailing of this name, sent now if there was none."""
    id = encrypted_id(world, name)
    mailing = world.records(_MAILING).get(id)
    if mailing is None:
        now = world.now()
        date = timestamps.to_moment(now)
        mailing = {"encryptedId": id, "name": name, "scheduledStartDate": date, "type": type}
        mailing["links"] = [WEBSITE] if type == EMAIL else []
        world.records(_MAILING).add(id, mailing, rank=to_micros(now))
    return mailing


def add_link(world: World, mailing: Record, link: Mapping[str, Any]) -> int:
    """The id of the link of a mailing with this URL, which is added if there is none."""
    known = next((one for one in mailing["links"] if one["url"] == link["url"]), None)
    if known is not None:
        return int(known["id"])
    id = len(mailing["links"]) + 1
    mailing["links"].append({"id": id, "name": link.get("name", link["url"]), **link})
    world.records(_MAILING).update(mailing["encryptedId"], mailing)
    return id


def set_trend_report(world: World, mailing: Record, report: int) -> None:
    """Makes the mailing one of the trend report."""
    id = mailing["encryptedId"]
    if "trendReportId" in mailing:
        world.index(_TREND_REPORT_INDEX).remove(str(mailing["trendReportId"]), id)
    mailing["trendReportId"] = report
    world.records(_MAILING).update(id, mailing)
    world.index(_TREND_REPORT_INDEX).add(str(report), id)


def count_of_trend_report(world: World, report: int) -> int:
    """Counts the mailings of a trend report."""
    return world.index(_TREND_REPORT_INDEX).count(str(report))


def encrypted_id(world: World, name: str) -> str:
    """The id of the mailing of this name."""
    return f"{world.random('mailing', name).getrandbits(64):016x}"


def get(world: World, id: str) -> Record | None:
    """Returns the mailing, or None."""
    return world.records(_MAILING).get(id)


def require(world: World, id: str, type_problem: str = "mailing_type_invalid") -> Record:
    """Returns the mailing. Raises the problem mailing_not_found, and `type_problem` for a text message."""
    record = get(world, id)
    if record is None:
        raise Problem("mailing_not_found")
    if record["type"] != EMAIL:
        raise Problem(type_problem)
    return record


def iterate(world: World, first: int, last: int) -> Iterator[Record]:
    """Yields the mailings from `first` to `last` (microseconds), oldest first."""
    skip, size = 0, 500
    while rows := list(world.records(_MAILING).page(after=Cursor(first, ""), skip=skip, limit=size)):
        for row in rows:
            if row.rank > last:
                return
            yield row.record
        skip += size


def message(name: str) -> dict[str, str]:
    """The message of a mailing of this name."""
    return {"name": name, "author": SENDER, "subject": name, "fromName": SENDER, "fromEmail": _ADDRESS}


def count(world: World, id: str) -> int:
    """Counts the recipients of a mailing."""
    return world.records(_RECIPIENT).count(id)


def recipients(world: World, id: str) -> Iterator[Record]:
    """Yields each recipient of a mailing (`contact`) with its reactions, in the order of sending."""
    return (row.record for row in world.records(_RECIPIENT).iterate(id))


def recipient_page(world: World, id: str, skip: int, limit: int) -> list[Record]:
    """A page of the recipients of a mailing, in the order of sending."""
    return [row.record for row in world.records(_RECIPIENT).page(id, skip=skip, limit=limit)]


def to_dict(world: World, mailing: Record) -> dict[str, Any]:
    """The mailing as the API lists it, with the present number of its recipients."""
    return {name: mailing[name] for name in _LISTED} | {"sentCount": count(world, mailing["encryptedId"])}


def _add_interactions(
    world: World, id: str, contact: str, is_new: bool, reactions: Mapping[str, Any], link: int
) -> None:
    if is_new:
        interaction_records.add(world, SENT, id, contact)
    if "opened" in reactions:
        interaction_records.add(world, OPENED, id, contact)
    if "clicked" in reactions:
        interaction_records.add(world, CLICKED, id, contact, link=link)
    if "bounce" in reactions:
        interaction_records.add(world, BOUNCED, id, contact, bounce=reactions["bounce"])
