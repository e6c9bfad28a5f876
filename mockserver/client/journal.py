"""The journal of a world: its exchanges (calls with their replies), and assertions on them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypedDict, Unpack
from urllib.parse import urlencode

from mockserver.assertions import json_form
from mockserver.assertions.expectation import (
    EXPECTED_NAMES,
    NEVER,
    Count,
    Expectation,
    ExpectedCalls,
    ExpectedOrder,
    Step,
    parse_count,
    parse_step,
)
from mockserver.assertions.matchers import ExpectedCall
from mockserver.assertions.verdict import Verdict, judge
from mockserver.call import Exchange
from mockserver.client.connection import Connection
from mockserver.client.waiting import wait_for
from mockserver.formats.suggestions import nearest

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module
_PAGE_SIZE = 1000


class JournalPage(TypedDict):
    """A page of the journal: `next` is the `after` of the next page, `last` the newest number.

    `dropped` counts the exchanges after `after` that the journal has dropped.
    """

    exchanges: list[Exchange]
    next: int | None
    last: int
    dropped: int


class ExpectedValues(TypedDict, total=False):
    """The expected properties of a call, as keyword arguments of the assertions; see `ExpectedCall`."""

    body: Any
    query: Any
    headers: Any
    path: Any
    status: Any
    problem: Any
    fault: Any
    method: Any
    flawed: Any


class Journal:
    """The exchanges of one world, read by calling it: `world.journal(vendor, operation, status=400)`."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path
        self.before_clear: Callable[[], object] = lambda: None
        """Called before this client clears the journal or resets the world; reads what would be lost."""

    def __call__(
        self,
        vendor: str | None = None,
        operation: str | None = None,
        *,
        status: int | None = None,
        flawed: bool | None = None,
        after: int = 0,
        **further: Any,
    ) -> list[Exchange]:
        """The exchanges that match every filter, oldest first, or newest first with `order="newest"`.

        `further` filters are problem, fault (its kind), method, path, the numbers since and until, and `q`, a
        search such as `q="status:4xx -is:fault"`.
        """
        filters = {"vendor": vendor, "operation": operation, "status": status, "flawed": flawed}
        return self.read(**filters, after=after, **further)["exchanges"]

    def read(self, *, after: int = 0, **filters: Any) -> JournalPage:
        """The exchanges that match every filter as one page: with the newest number, and what was dropped."""
        pages = list(self._pages(after=after, **filters))
        exchanges = [exchange for page in pages for exchange in page["exchanges"]]
        dropped = sum(page["dropped"] for page in pages)
        return {"exchanges": exchanges, "next": None, "last": pages[-1]["last"], "dropped": dropped}

    def archive(self, **filters: Any) -> dict[str, Any]:
        """The exchanges as an HTTP Archive (HAR 1.2); takes the same filters as calling the journal."""
        query = {**_format_query(filters), "format": "har", "limit": str(_PAGE_SIZE)}
        entries: list[dict[str, Any]] = []
        while True:
            archive: dict[str, Any] = self._connection.send("GET", f"{self._path}?{urlencode(query)}")
            entries += archive["log"]["entries"]
            next_page = archive["log"].pop("_next")
            archive["log"].pop("_last")
            if next_page is None:
                return {"log": {**archive["log"], "entries": entries}}
            query["after"] = str(next_page)

    def clear(self) -> None:
        """Delete the exchanges so far."""
        self.before_clear()
        self._connection.send("DELETE", self._path)

    def newest(self) -> int:
        """The number of the newest exchange, 0 before the first: for `after`, to assert on what follows."""
        return self._page({"limit": 1})["last"]

    def dropped(self, after: int = 0) -> int:
        """How many exchanges after this number the journal has dropped; it keeps the newest ones only."""
        return self._page({"after": after, "limit": 1})["dropped"]

    def assert_called(
        self,
        vendor: str,
        operation: str,
        *,
        times: int | range | Callable[[int], object] | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        within: timedelta | float | str | None = None,
        after: int = 0,
        **expected: Unpack[ExpectedValues],
    ) -> list[Exchange]:
        """Assert that the operation was called as expected: exactly `times`, by default at least once.

        `times` is a number, a `range`, or a function of the number; `at_least` and `at_most` are limits.
        `within` waits that long, in real time, for what an asynchronous client does later. `after` leaves out
        exchanges up to that number. Returns the matching exchanges. See `ExpectedCall` for the values that
        can be expected; `status` and `problem` are those of the reply, `fault` is the kind of the fault that
        affected the call.

        Raises AssertionError with the nearest exchanges and their differences, also if the journal has
        dropped exchanges, and ControlError for an unknown vendor or operation.
        """
        count = parse_count(times, at_least, at_most)
        step = Step(vendor, operation, _expected_call(expected))
        return self._assert(ExpectedCalls(step, count), after, within)

    def assert_not_called(
        self,
        vendor: str | None = None,
        operation: str | None = None,
        *,
        after: int = 0,
        **expected: Unpack[ExpectedValues],
    ) -> None:
        """Assert that no call matches: of the operation, of any operation of the vendor, or of any vendor.

        See `ExpectedCall` for the values that can be expected. Raises AssertionError with the matching calls,
        also if the journal has dropped exchanges, and ControlError for an unknown vendor or operation.
        """
        step = Step(vendor, operation, _expected_call(expected))
        self._assert(ExpectedCalls(step, NEVER, forbids=True), after, None)

    def assert_order(
        self,
        steps: Iterable[tuple[Any, ...]],
        *,
        within: timedelta | float | str | None = None,
        after: int = 0,
    ) -> list[Exchange]:
        """Assert that calls were made in this order; other calls before, between and after are allowed.

        A step is `(vendor, operation)`, or `(vendor, operation, {…})` with what `assert_called` expects.
        Returns the exchange of each step. Raises AssertionError with the journal, also if it has dropped
        exchanges, ControlError for an unknown vendor or operation, TypeError for anything but such steps.
        """
        parsed = [parse_step(number, step) for number, step in enumerate(steps, start=1)]
        if not parsed:
            raise TypeError("assert_order() has no steps; pass a list of (vendor, operation)")
        return self._assert(ExpectedOrder(parsed), after, within)

    def _assert(
        self, expectation: Expectation, after: int, within: timedelta | float | str | None
    ) -> list[Exchange]:
        """The matching exchanges. Raises AssertionError, if asked to wait then only when the time is over."""
        verdict = wait_for(lambda: self._judge(expectation, after), expectation, within)
        if verdict.message is None:
            return verdict.matching
        raise AssertionError(verdict.message)

    def _judge(self, expectation: Expectation, after: int) -> Verdict:
        """The server's verdict; this client's where the expectation has no form in JSON."""
        accept = None
        counted = expectation
        if isinstance(expectation, ExpectedCalls) and expectation.count.accept:
            accept, counted = expectation.count.accept, replace(expectation, count=Count())
        body = json_form.write(counted)
        if body is None:
            return self._judge_here(expectation, after)
        path = f"{self._path}/assert"
        answer = self._connection.send("POST", path, {**body, "after": after, "limit": _PAGE_SIZE})
        if accept and answer["passed"] and not accept(answer["count"]):
            return self._judge_here(expectation, after)
        matching: list[Exchange] = answer["exchanges"]
        rest = {*answer["numbers"][_PAGE_SIZE:]}
        if rest:
            matching += [one for one in self(after=min(rest) - 1) if one["number"] in rest]
        return Verdict(matching, answer["message"])

    def _judge_here(self, expectation: Expectation, after: int) -> Verdict:
        for vendor, operation in {(step.vendor, step.operation) for step in expectation.steps}:
            # Only the server knows the names, and an unknown one is an error.
            self._page({"vendor": vendor, "operation": operation, "limit": 1})
        found = self.read(after=after)
        return judge(expectation, found["exchanges"], found["dropped"])

    def _pages(self, **filters: object) -> Iterator[JournalPage]:
        """The pages of the exchanges that match."""
        while True:
            page = self._page({**filters, "limit": _PAGE_SIZE})
            yield page
            if page["next"] is None:
                return
            filters["until" if filters.get("order") == "newest" else "after"] = page["next"]

    def _page(self, filters: dict[str, object]) -> JournalPage:
        page: JournalPage = self._connection.send("GET", f"{self._path}?{encode_filters(filters)}")
        return page


def _expected_call(expected: ExpectedValues) -> ExpectedCall:
    """The expected call. Raises TypeError for an unknown argument."""
    for name in expected:
        if name not in EXPECTED_NAMES:
            close = nearest(name, EXPECTED_NAMES)
            raise TypeError(f"the assertion has no argument {name!r}, the nearest is {close}")
    return ExpectedCall(**expected)


def encode_filters(filters: dict[str, object]) -> str:
    """The query string of the filters that are not None."""
    return urlencode(_format_query(filters))


def _format_query(filters: dict[str, object]) -> dict[str, str]:
    """The filters that are not None, as text for the query string."""
    given = {name: value for name, value in filters.items() if value is not None}
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()
    }
