"""Pages of lists: the URL of the next page, and the shape of a page under the older base path."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from mockserver.call import Call

_OLD_BASE_PATH: Final = "/integrationservice-1.1.0/"
_DATES: Final = frozenset({"fromDate", "toDate", "fromChangeDate", "toChangeDate"})
_CREDENTIALS: Final = "oauth_"


def render(call: Call, found: int, size: int) -> dict[str, Any]:
    """The member `paging` of a page of `size`; `found` is greater than that if a next page exists.

    The URL of the next page names `after` once, and has no parameter of the signature of this call.
    """
    after = int(call.params["after"]) + min(found, size)
    if found <= size:
        return {"next": None, "after": after}
    sent = parse_qsl(call.query, keep_blank_values=True, errors="replace")
    # an unencoded plus sign of a date has arrived as a space
    pairs = [(name, text.replace(" ", "+") if name in _DATES else text) for name, text in sent]
    kept = [(name, text) for name, text in pairs if name != "after" and not name.startswith(_CREDENTIALS)]
    query = urlencode([*kept, ("after", str(after))], quote_via=quote, safe="")
    path = call.raw_path or quote(call.path)
    return {"next": f"{call.origin}{path}?{query}", "after": after}


def is_bare(call: Call) -> bool:
    """True if a list of contacts is a bare array: under the older base path (observed)."""
    return call.path.startswith(_OLD_BASE_PATH)


def page(
    call: Call,
    found: Iterable[dict[str, Any]],
    member: str,
    render_one: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> dict[str, Any]:
    """The page of what was found that the call asks for, under `member`, and its paging."""
    after, size = int(call.params["after"]), int(call.params["pageSize"])
    some = list(islice(found, after, after + size + 1))
    return {"paging": render(call, len(some), size), member: [render_one(one) for one in some[:size]]}
