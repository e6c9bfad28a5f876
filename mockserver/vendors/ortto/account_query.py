"""Queries of accounts/get: filtering, sorting, paging and totals."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto.account_records import Account, AccountStore, readable_fields
from mockserver.vendors.ortto.field_schema import require_known
from mockserver.vendors.ortto.field_values import as_text
from mockserver.vendors.ortto.filter_logic import compile_filter
from mockserver.vendors.ortto.filter_types import FilterContext, Predicate
from mockserver.vendors.ortto.ids import (
    ACCOUNT_PREFIX,
    ZERO_ID,
    Cursor,
    decode_cursor,
    encode_cursor,
)
from mockserver.vendors.ortto.person_query import DEFAULT_LIMIT, MAX_LIMIT, sort_records

ARCHIVED: Final = ("archived", "archived_account")


def run_query(world: World, query: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the reply.

    A search without a match is an empty array, a page after the end null; both keep the totals (recorded).
    """
    store = AccountStore(world)
    archived = query.get("type") in ARCHIVED
    everything = list(store.iterate(archived))
    matches = list(_select(everything, query, _filter_of(world, query)))
    if "sort_by_field_id" in query:
        require_known([query["sort_by_field_id"]], readable_fields(world))
        descending = query.get("sort_order", "desc") == "desc"
        matches = sort_records(matches, query["sort_by_field_id"], descending)
    limit = query.get("limit", DEFAULT_LIMIT)
    limit = int(limit) if 0 < limit <= MAX_LIMIT else DEFAULT_LIMIT
    cursor = decode_cursor(query["cursor_id"], ACCOUNT_PREFIX) if "cursor_id" in query else None
    offset = int(query.get("offset", 0)) or (cursor.offset if cursor else 0)
    page = matches[offset : offset + limit]
    is_after_end = not page and offset > 0
    end = offset + len(page) if page else 0
    rendered = [render(account, query.get("fields", ())) for account in page]
    return {
        "accounts": None if is_after_end else rendered,
        "meta": {
            "total_contacts": 0,
            "total_organizations": len(everything),
            "total_matches": len(matches),
            "total_subscribers": 0,
        },
        "offset": offset if page else 0,
        "next_offset": end,
        "cursor_id": ZERO_ID if is_after_end else encode_cursor(Cursor(end, 0), ACCOUNT_PREFIX),
        "has_more": bool(page) and end < len(matches),
    }


def render(account: Account, field_ids: Any) -> dict[str, Any]:
    """The account with those of the fields that have a value (recorded)."""
    fields = account["fields"]
    return {"id": account["id"], "fields": {id: fields[id] for id in field_ids if id in fields}}


def _filter_of(world: World, query: Mapping[str, Any]) -> Predicate | None:
    if "filter" not in query:
        return None
    context = FilterContext(world.now(), readable_fields(world), frozenset())
    return compile_filter(query["filter"], context)


def _select(
    accounts: list[Account], query: Mapping[str, Any], matches: Predicate | None
) -> Iterator[Account]:
    term = query.get("q", "").casefold()
    included = {id.lower() for id in query.get("inclusion_ids", ())}
    excluded = {id.lower() for id in query.get("exclusion_ids", ())}
    for account in accounts:
        name = as_text(account["fields"].get("str:o:name")) or ""
        if (
            (not included or account["id"] in included)
            and account["id"] not in excluded
            and term in name.casefold()
            and (matches is None or matches(account))
        ):
            yield account
