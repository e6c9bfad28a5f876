"""The journal of a world: its exchanges, listed, searched, asserted and cleared."""

import sys
from importlib import import_module
from itertools import islice
from typing import Any, Final

from mockserver.assertions import json_form
from mockserver.assertions.verdict import judge
from mockserver.call import NOTHING, Call, Exchange
from mockserver.control import journal_view, vendor_access
from mockserver.errors import InvalidAssertionError, Problem
from mockserver.state.journal import FILTERS, Journal, Page, matches
from mockserver.state.journal_feed import OPENING
from mockserver.state.verdicts import verdict_of
from mockserver.state.world_record import WorldRecord
from mockserver.state.worlds import Worlds

_MOST_COUNTED: Final = 10_000  # exchanges: a full journal, unless it is set to be larger


def list_journal(call: Call, worlds: Worlds) -> object:
    """`{exchanges: […], next, last, dropped}` in full or in brief, or an HTTP Archive of them.

    Raises unknown_world, unknown_vendor, unknown_operation, unfit_search.
    """
    record, journal = _open(call, worlds)
    page = _read_page(call, worlds, record, journal)
    after = _first_after(call)
    newest_first = call.params["order"] == "newest"
    more = page.resume
    if newest_first and more is not None:  # it is the `until` of the next page, which is inclusive
        more -= 1
    dropped = journal.count_dropped(after, call.params.get("until"))
    if call.params["format"] == "har":
        exchanges = journal_view.in_full(worlds, record, page.exchanges)
        # Imported on use: the HAR library would slow down every start.
        archived: dict[str, Any] = import_module("mockserver.control.har").to_har(exchanges)
        archived["log"] |= {"_next": more, "_last": journal.last_number(), "_dropped": dropped}
        return archived
    if call.params["view"] == "brief":
        shown: list[Any] = [journal_view.in_brief(record, one) for one in page.exchanges]
    else:
        shown = journal_view.in_full(worlds, record, page.exchanges)
    position = journal.position()
    return {
        "exchanges": shown,
        "next": more,
        "last": position.last,
        "dropped": dropped,
        "version": position.version,
        "begun": position.begun,
    }


def stream_journal(call: Call, worlds: Worlds) -> object:
    """The beginning of the stream; the server sends its events. Raises unknown_world."""
    worlds.peek(call.params["world"])
    return OPENING


def list_errors(call: Call, worlds: Worlds) -> object:
    """`{errors: […], last, dropped}`: what is not fine, counted by kind, the newest kind first.

    Raises unknown_world, unfit_search.
    """
    record, journal = _open(call, worlds)
    accept = journal_view.search_filter(worlds, record, call.params.get("q"))
    after = call.params["after"]
    counted = islice(journal.iterate(after, newest_first=True), _MOST_COUNTED)
    found = (one for one in counted if verdict_of(one) != "fine" and accept(one))
    return {
        "errors": journal_view.errors_by_kind(record, found)[: call.params["limit"]],
        "last": journal.last_number(),
        "dropped": journal.count_dropped(after),
    }


def assert_journal(call: Call, worlds: Worlds) -> object:
    """`{passed, message, count, numbers, exchanges, last, dropped}`.

    Raises unknown_world, unknown_vendor, unknown_operation, unfit_assertion.
    """
    record, journal = _open(call, worlds)
    body = call.body
    try:
        expectation = json_form.parse(body)
    except InvalidAssertionError as error:
        raise Problem("unfit_assertion", reason=str(error)) from error
    for step in expectation.steps:
        vendor_access.find_operation(worlds, step.vendor, step.operation)
    after, until = body.get("after", 0), body.get("until")
    dropped = journal.count_dropped(after, until)
    verdict = judge(expectation, journal.read(after=after, until=until, limit=sys.maxsize), dropped)
    return {
        "passed": verdict.passed,
        "message": verdict.message,
        "count": len(verdict.matching),
        "numbers": [exchange["number"] for exchange in verdict.matching],
        "exchanges": journal_view.in_full(worlds, record, verdict.matching[: body.get("limit", 100)]),
        "last": journal.last_number(),
        "dropped": dropped,
    }


def clear_journal(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world."""
    worlds.journal(call.params["world"]).clear()
    return NOTHING


def _open(call: Call, worlds: Worlds) -> tuple[WorldRecord, Journal]:
    name = call.params["world"]
    return worlds.get(name), worlds.journal(name)


def _first_after(call: Call) -> int:
    """The number after which the wanted exchanges are."""
    first: int = max(call.params["after"], call.params.get("since", 1) - 1)
    return first


def _read_page(call: Call, worlds: Worlds, record: WorldRecord, journal: Journal) -> Page:
    wanted = {name: call.params.get(name) for name in FILTERS}
    # An unknown name is an error: an empty list would look like proof that nothing was called.
    vendor_access.find_operation(worlds, wanted["vendor"], wanted["operation"])
    accept = journal_view.search_filter(worlds, record, call.params.get("q"))

    def fits(exchange: Exchange) -> bool:
        return matches(exchange, wanted) and accept(exchange)

    return journal.page(
        fits,
        after=_first_after(call),
        until=call.params.get("until"),
        limit=call.params["limit"],
        newest_first=call.params["order"] == "newest",
    )
