"""Mailing interaction endpoints: what happened to all mailings, for systems that keep a copy of it."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.call import Call
from mockserver.formats.timestamps import from_micros
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    bounce_records,
    contact_records,
    interaction_records,
    mailing_records,
    paging,
    timestamps,
)
from mockserver.vendors.spotler.interaction_records import BOUNCED, CLICKED, OPENED, SENT

_ARCHIVE: Final = "https://archive.example.com/"


def list_sent_interactions(call: Call, world: World) -> object:
    """Returns a page of the mailings that contacts got, oldest first."""
    return paging.page(call, _matching(call, world, SENT), "interactions")


def list_opened_interactions(call: Call, world: World) -> object:
    """Returns a page of the mailings that contacts opened, by their first open."""
    return paging.page(call, _matching(call, world, OPENED), "interactions")


def list_clicked_interactions(call: Call, world: World) -> object:
    """Returns a page of the mailings that contacts clicked in, by their first click."""
    return paging.page(call, _matching(call, world, CLICKED), "interactions")


def list_bounced_interactions(call: Call, world: World) -> object:
    """Returns a page of the mailings that bounced, oldest first."""
    return paging.page(call, _matching(call, world, BOUNCED), "interactions")


def _matching(call: Call, world: World, happened: str) -> Iterator[dict[str, Any]]:
    """Yields the interactions that the query asks for, as the API returns them."""
    reports = call.params.get("trendReportIds")
    wanted = {int(one) for one in reports.split(",")} if reports else None
    params, mailings = call.params, dict[str, Record]()
    happened_in = timestamps.period(params.get("fromDate"), params.get("toDate"))
    changed_in = timestamps.period(params.get("fromChangeDate"), params.get("toChangeDate"))
    for record in interaction_records.interactions(world, happened):
        if not (happened_in(record["happened"]) and changed_in(record["changed"])):
            continue
        id = record["mailing"]
        mailing = mailings.get(id) or mailings.setdefault(id, mailing_records.require(world, id))
        if wanted is None or mailing.get("trendReportId") in wanted:
            yield _render(world, record, mailing, happened)


def _render(world: World, record: Record, mailing: Record, happened: str) -> dict[str, Any]:
    external_id = contact_records.identifier(world, record["contact"]).get("externalId")
    report = mailing.get("trendReportId")
    common = {
        "id": record["id"],
        **({} if external_id is None else {"externalContactId": external_id}),
        "encryptedMailingId": record["mailing"],
        "date": record["date"],
        "changeDate": timestamps.to_moment(from_micros(record["changed"])),
        **({} if report is None else {"trendReportId": report}),
    }
    if happened == BOUNCED:
        return {**common, "bounceType": "HARD" if record["bounce"] == bounce_records.HARD else "SOFT"}
    if happened == SENT:
        link = f"{_ARCHIVE}{record['mailing']}"
        return {**common, "name": mailing["name"], "subject": mailing["name"], "onlineVersionLink": link}
    return common
