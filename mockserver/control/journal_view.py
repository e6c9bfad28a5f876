"""Exchanges as the control API shows them: in full, in brief, and errors by kind."""

from collections.abc import Callable, Iterable
from typing import Any

from mockserver.call import Exchange
from mockserver.control import vendor_access
from mockserver.errors import InvalidSearchError, Problem
from mockserver.state.exchange_brief import Brief, brief_of
from mockserver.state.journal_search import Found, parse_search
from mockserver.state.verdicts import verdict_of
from mockserver.state.world_record import WorldRecord
from mockserver.state.worlds import Worlds


def in_full(worlds: Worlds, record: WorldRecord, exchanges: list[Exchange]) -> list[Exchange]:
    """The exchanges of a world, each with what is derived from it: inferred rules, verdict, test."""
    for exchange in exchanges:
        exchange["inferred"] = vendor_access.inferred_rules(worlds, exchange)
        exchange["verdict"] = verdict_of(exchange)
        exchange["test"] = record.get("label")
    return exchanges


def in_brief(record: WorldRecord, exchange: Exchange) -> Brief:
    """An exchange of this world as a list shows it."""
    return {**brief_of(exchange), "test": record.get("label")}


def search_filter(worlds: Worlds, record: WorldRecord, search: str | None) -> Callable[[Exchange], bool]:
    """The filter for exchanges of this world that a search describes. Raises unfit_search."""
    if not search:
        return lambda _exchange: True
    operations = {
        name
        for vendor in vendor_access.vendors_by_name(worlds).values()
        for name in vendor.contract.operations
    }
    known = {"vendor": [*worlds.vendors], "op": operations}
    try:
        test = parse_search(search, known)
    except InvalidSearchError as error:
        raise Problem("unfit_search", reason=str(error)) from error
    label = record.get("label")
    return lambda exchange: test(Found(exchange, label))


def errors_by_kind(record: WorldRecord, exchanges: Iterable[Exchange]) -> list[dict[str, Any]]:
    """The exchanges (newest first) that are not fine, counted by vendor, operation, problem and flaw."""
    groups: dict[tuple[str | None, ...], dict[str, Any]] = {}
    for exchange in exchanges:
        kind = exchange["vendor"], exchange["operation"], exchange["problem"], exchange["flaw"]
        group = groups.get(kind)
        if group is None:
            names = dict(zip(("vendor", "operation", "problem", "flaw"), kind, strict=True))
            newest = in_brief(record, exchange)
            groups[kind] = {
                **names,
                "count": 1,
                "first": exchange["number"],
                "last": exchange["number"],
                "newest": newest,
            }
        else:
            group["count"] += 1
            group["first"] = exchange["number"]
    return [*groups.values()]
