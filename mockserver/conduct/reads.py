"""Rules about reads: how often, how many at a time, and what for."""

from collections.abc import Callable, Iterable
from itertools import groupby, pairwise
from statistics import median
from typing import Any, Final

from mockserver.conduct.rule import Found
from mockserver.conduct.traffic import Step, Traffic, bursts, is_cut, runs
from mockserver.contract.operation import Operation
from mockserver.contract.pagination import whole_number
from mockserver.formats.json_pointer import parse_pointer, resolve

_MANY: Final = 5
"""Single reads that a list would have spared."""
_PAGES: Final = 3
"""Pages of one list after which their size matters."""
_POLLS: Final = 4
_QUICK: Final = 1.0
"""Seconds between two polls."""
_LARGE: Final = 500
"""Items from which a page is not small, whatever the vendor allows."""
_PEEK: Final = 10
"""Items that a client asks for to look whether there are any, not to read them all."""
_NARROWING: Final = frozenset({"search", "q", "search_term", "filter", "mpsearchquery"})
"""Parameters by which a client looks for something, in place of reading a list."""
_MOST_READINGS: Final = 50
"""The readings that ended early that are looked at: a few show the same as many."""
_ID_LENGTH: Final = 4
"""The length from which the name of a record says which one is meant."""
_AGAIN: Final = 3
"""Times that the same is read before it is too often."""


def read_one_by_one(traffic: Traffic) -> Found:
    """Many reads of single records that a list of the vendor returns by the page."""
    operations = traffic.contract.operations.values()
    lists = {one.path: one.id for one in operations if one.is_read_only and one.method == "GET"}
    known = traffic.knowledge.get("lists", {})
    for name, steps in traffic.by_operation.items():
        path, _, last = traffic.contract.operations[name].path.rpartition("/")
        found = known.get(name) or (lists.get(path) if last.startswith("{") else None)
        read = bursts(step for step in steps if step.is_read and step.is_success) if found else []
        # Records that come with longer pauses are read as they are needed.
        many = [step for burst in read if len({step.request for step in burst}) >= _MANY for step in burst]
        if many:
            yield f"read {len(many)} records one by one; {found} returns many at once", many


def pages_are_small(traffic: Traffic) -> Found:
    """A list of several pages that is read in pages of a size far below what the vendor allows."""
    seen: set[str] = set()
    for pages in _readings(traffic):
        name = pages[0].name
        allowed, default = _page_sizes(pages[0].operation)
        size = _asked_size(pages[-1])
        if told := traffic.knowledge.get("page_sizes", {}).get(name):
            allowed, default = told["most"], told.get("default")
            size = whole_number(str(pages[-1].asked(told["by"])))
        used = size or default
        is_small = bool(allowed and used and used * 2 <= allowed and used < _LARGE)
        if is_small and len(pages) >= _PAGES and name not in seen:
            seen.add(name)
            where = "asked for" if size else "left the default of"
            yield f"read {len(pages)} pages and {where} {used} a page; {allowed} are allowed", pages


def stopped_before_the_end(traffic: Traffic) -> Found:
    """A list that is read page by page, but not to its end."""
    for reading in [one for one in _readings(traffic) if one[-1].page == "middle"][:_MOST_READINGS]:
        last = reading[-1]
        is_open = len(reading) > 1 and not _is_short(last, _asked_size)
        if is_open and not (_went_on(traffic, last) or _has_found(traffic, reading)):
            yield f"read {len(reading)} pages and stopped before the last", reading


def read_the_first_page_only(traffic: Traffic) -> Found:
    """A list of which only the first page is read, though the reply shows that there are more."""
    for reading in _readings(traffic):
        first = reading[0]
        asked = {
            name.lower() for name in [*first.query, *(first.sent if isinstance(first.sent, dict) else ())]
        }
        # A client that looks for something may be content with the first that there are.
        is_search = bool(asked & _NARROWING) or _asks_for_few(first)
        if len(reading) == 1 and first.has_more and len(first.items) >= _PEEK and not is_search:
            if _went_on(traffic, first):
                continue
            yield f"read the first {len(first.items)} items of {first.name} and no more", reading


def asked_beyond_the_end(traffic: Traffic) -> Found:
    """A further page that is asked for, though the last one has shown that it is the last."""
    for reading in _readings(traffic):
        for before, step in pairwise(reading):
            if step.page == "beyond" and (before.page == "last" or _is_short(before, _least_size)):
                yield "asked for a page after the last one", [before, step]


def made_up_a_cursor(traffic: Traffic) -> Found:
    """Places in a list that no reply has named: a cursor that the client has put together itself."""
    for name, steps in traffic.by_operation.items():
        pagination = traffic.contract.operations[name].pagination
        for index, step in enumerate(steps):
            sent = [str(step.asked(one)) for one in pagination.by if step.asked(one)] if pagination else []
            # A number is an offset, which a client counts itself.
            unknown = [one for one in sent if not one.isdecimal() and not _was_named(one, steps[:index])]
            # The first call of a list may go on where an earlier run has stopped.
            if unknown and index and step.page != "first":
                yield f"asked for the page at {unknown[0][:40]!r}, which no reply has named", [step]
                break


def polled_too_fast(traffic: Traffic) -> Found:
    """Repeated reads of the same, faster than anything changes."""
    for _request, run in groupby(traffic.steps, key=lambda step: step.request):
        steps = list(run)
        gaps = [later.at - step.at for step, later in pairwise(steps)]
        moving = [gap.total_seconds() for gap in gaps if gap]  # a frozen clock shows no pause
        is_poll = len(steps) >= _POLLS and all(step.is_read and step.is_success for step in steps)
        if is_poll and moving and median(moving) < _QUICK:
            yield f"polled {len(steps)} times, every {median(moving):.2g} s", steps


def read_again_unchanged(traffic: Traffic) -> Found:
    """Reads of what the client has read before, with the same reply."""
    groups: dict[tuple[str, str, str], list[Step]] = {}
    for before, step in zip([None, *traffic.steps], traffic.steps, strict=False):
        is_poll = before is not None and before.request == step.request
        if step.is_read and step.is_success and not is_poll:
            groups.setdefault(step.request, []).append(step)
    fixed = traffic.knowledge.get("fixed", [])
    for name in fixed:
        for steps in _same_requests(traffic.by_operation.get(name, [])):
            if len(steps) > 1:
                yield f"read {len(steps)} times what hardly ever changes", steps
    for steps in (run for group in groups.values() for run in runs(group)):
        if steps[0].name in fixed:
            continue
        same = [one for one in steps if one.exchange["reply"]["body"] == steps[0].exchange["reply"]["body"]]
        if len(same) >= _AGAIN:
            yield f"read the same {len(same)} times, unchanged", same


def took_null_for_a_failure(traffic: Traffic) -> Found:
    """Reads that are made again and again because the reply is `null`, which means none."""
    nulls = [step for step in traffic.steps if step.is_read and step.is_success and _is_null(step)]
    found = {step.number for step in nulls}
    latest = {step.request: step.number for step in traffic.steps if step.is_success} if nulls else {}
    for _request, run in groupby(traffic.steps, key=lambda step: step.request) if nulls else ():
        steps = [step for step in run if step.number in found]
        # A client that waits for the first record has asked for it in vain at first.
        if len(steps) >= _AGAIN and latest[steps[0].request] in found:
            yield f"asked {len(steps)} times for what is null, which means that there are none", steps


def _is_null(step: Step) -> bool:
    pagination = step.operation.pagination if step.operation else None
    if "null" not in step.exchange["reply"]["body"]:
        return False
    return resolve(step.received, pagination.items if pagination else "") is None


def _same_requests(steps: list[Step]) -> list[list[Step]]:
    """The successful steps of an operation, by their request and run."""
    groups: dict[tuple[str, str, str], list[Step]] = {}
    for step in steps:
        if step.is_success:
            groups.setdefault(step.request, []).append(step)
    return [run for group in groups.values() for run in runs(group)]


def _was_named(cursor: str, steps: list[Step]) -> bool:
    """Whether a reply has the cursor, or is too long for the journal to show it."""
    bodies = [step.exchange["reply"]["body"] for step in steps]
    return any(cursor in body or is_cut(body) for body in bodies)


def _readings(traffic: Traffic) -> list[list[Step]]:
    """The pages of one reading of a list each: from a first page to the next first page."""
    found: list[list[Step]] = []
    for steps in traffic.by_operation.values():
        for step in steps:
            position = step.page
            if position == "first":
                found.append([step])
            elif position is not None and found and found[-1][0].operation is step.operation:
                found[-1].append(step)
    return found


def _went_on(traffic: Traffic, first: Step) -> bool:
    """Whether a further page was asked for, even if the call failed."""
    pagination = first.operation.pagination if first.operation else None
    names = pagination.by if pagination else ()
    for step in traffic.by_operation[first.name]:
        is_later = step.number > first.number and any(
            str(step.asked(one) or "0").strip("0-") for one in names
        )
        if is_later and _without(step, names) == _without(first, names):
            return True
    return False


def _has_found(traffic: Traffic, reading: list[Step]) -> bool:
    """Whether the client goes on with a record of the last page that it has read, and of no other page."""
    last = reading[-1].number
    named = {
        one for step in traffic.steps if step.number > last for one in step.ids if len(one) >= _ID_LENGTH
    }
    in_last, *before = [
        {one for one in named if one in step.exchange["reply"]["body"]} for step in reversed(reading)
    ]
    return bool(in_last) and not any(before)


def _asks_for_few(step: Step) -> bool:
    """Whether the client asks for less than the vendor returns by itself."""
    size, default = _asked_size(step), _page_sizes(step.operation)[1]
    return bool(size and default and size < default)


def _without(step: Step, names: Iterable[str]) -> tuple[str, dict[str, str], Any]:
    """The call without what selects its page."""
    query = {name: text for name, text in step.query.items() if name not in names}
    body = (
        {name: value for name, value in step.sent.items() if f"/{name}" not in names}
        if isinstance(step.sent, dict)
        else None
    )
    return step.exchange["call"]["path"], query, body


def _asked_size(step: Step) -> int | None:
    pagination = step.operation.pagination if step.operation else None
    return whole_number(str(step.asked(pagination.size))) if pagination and pagination.size else None


def _least_size(step: Step) -> int | None:
    """The least size of a page that is not the last: a vendor may return fewer items than asked for."""
    default = _page_sizes(step.operation)[1]
    sizes = [size for size in (_asked_size(step), default) if size]
    return min(sizes) if default and sizes else None


def _is_short(step: Step, size_of: Callable[[Step], int | None]) -> bool:
    """Whether a list without a mark of its end shows it by a page that is not full."""
    pagination = step.operation.pagination if step.operation else None
    size = size_of(step)
    if pagination is None or pagination.next is not None or size is None:
        return False
    return len(step.items) < size


def _page_sizes(operation: Operation | None) -> tuple[int | None, int | None]:
    """The greatest page and the default one, as the contract declares them."""
    size = operation.pagination.size if operation and operation.pagination else None
    if operation is None or size is None:
        return None, None
    if size.startswith("/"):
        body = operation.body.json_schema.schema if operation.body and operation.body.json_schema else {}
        schema: Any = body
        for name in parse_pointer(size):
            schema = schema.get("properties", {}).get(name, {}) if isinstance(schema, dict) else {}
    else:
        schema = next((one.schema.schema for one in operation.parameters if one.name == size), {})
    known = schema if isinstance(schema, dict) else {}
    return known.get("maximum"), known.get("default")
