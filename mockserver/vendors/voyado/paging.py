"""Pages of a list, by offset and count."""

from typing import Any

from mockserver.call import Call


def to_page(call: Call, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns the page of the items that the call asks for."""
    offset = call.params["offset"]
    items = found[offset : offset + call.params["count"]]
    return {"count": len(items), "offset": offset, "items": items, "totalCount": len(found)}
