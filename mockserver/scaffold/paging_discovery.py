"""Paging and filters of a list, as far as names and types of parameters and members tell."""

from typing import Any, Final

from mockserver.scaffold.schema_reading import SchemaReader, plain
from mockserver.scaffold.source_operations import SourceOperation

_ROLES: Final = {
    "limit": ("limit", "perpage", "pagesize", "pagelimit", "maxresults", "size", "count", "take", "top"),
    "offset": ("offset", "skip", "startindex", "start", "from"),
    "page": ("page", "pagenumber", "pageno", "pageindex"),
    "cursor": ("cursor", "after", "pagetoken", "nexttoken", "nextcursor", "startingafter", "marker"),
}
_POSITIONS: Final = ("offset", "page", "cursor")


def find_pages(operation: SourceOperation, schema: Any, reader: SchemaReader) -> dict[str, Any]:
    """The members `pages`, `total`, `next` and `more` of `x-resource`, as far as the list has them."""
    query = {plain(one["name"]): one for one in operation.parameters if one["in"] == "query"}
    pages: dict[str, str] = {}
    for role, names in _ROLES.items():
        found = next((query[name] for name in names if name in query), None)
        numeric = found is not None and bool(reader.types(found["schema"]) & {"integer", "number"})
        if found is not None and (numeric or role == "cursor"):
            pages[role] = found["name"]
    for other in [role for role in _POSITIONS if role in pages][1:]:
        del pages[other]
    total = reader.total(schema) if schema is not True else None
    is_paged = schema is not True and not pages.keys().isdisjoint(_POSITIONS)
    following = reader.next(schema) if is_paged else None
    more = reader.more(schema) if is_paged else None
    return {
        **({"pages": pages} if pages else {}),
        **({"total": total} if total else {}),
        **({"next": following} if following else {}),
        **({"more": more} if more else {}),
    }


def find_filters(
    operation: SourceOperation, record: Any, pages: dict[str, str], reader: SchemaReader
) -> dict[str, Any]:
    """The member `filters` of `x-resource`: query parameters that are named like members of the record."""
    members = {plain(name): name for name in reader.members(record)}
    found = {
        one["name"]: members[plain(one["name"])]
        for one in operation.parameters
        if one["in"] == "query" and one["name"] not in pages.values() and plain(one["name"]) in members
    }
    return {"filters": found} if found else {}


def standard_pages(action: dict[str, Any]) -> dict[str, Any] | None:
    """The `x-pages` of a list; None if its pages cannot be told apart."""
    pages = action.get("pages", {})
    by = [pages[role] for role in _POSITIONS if role in pages]
    following = action.get("next", action.get("more"))
    if not by or (following is None and "limit" not in pages):
        return None
    last = {"next": following} if following is not None else {"size": pages["limit"]}
    return {"by": by, "items": action.get("items", ""), **last}
