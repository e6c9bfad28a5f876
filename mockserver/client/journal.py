"""The journal of a world: its exchanges (calls with their replies), and assertions on them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from mockserver.call import Exchange
from mockserver.client import assertion_messages
from mockserver.client.connection import Connection
from mockserver.client.matchers import ExpectedCall, parse_step

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module
_PAGE_SIZE = 1000


class Journal:
    """The exchanges of one world, read by calling it: `world.journal(vendor="…", operation="…")`."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path
        self.before_clear: Callable[[], object] = lambda: None
        """Called before this client clears the journal or resets the world; reads what would be lost."""

    def __call__(
        self,
        *,
        vendor: str | None = None,
        operation: str | None = None,
        status: int | None = None,
        flawed: bool | None = None,
        after: int = 0,
        **further: Any,
    ) -> list[Exchange]:
        """The exchanges that match every filter, oldest first.

        `further` filters are problem, fault (its kind), method, path, and the numbers since and until.
        """
        filters = {"vendor": vendor, "operation": operation, "status": status, "flawed": flawed}
        return list(self._fetch(**filters, after=after, **further))

    def archive(self, **filters: Any) -> dict[str, Any]:
        """The exchanges as an HTTP Archive (HAR 1.2); takes the same filters as calling the journal."""
        query = {**_format_query(filters), "format": "har", "limit": str(_PAGE_SIZE)}
        entries: list[dict[str, Any]] = []
        while True:
            archive: dict[str, Any] = self._connection.send("GET", f"{self._path}?{urlencode(query)}")
            entries += archive["log"]["entries"]
            next_page = archive["log"].pop("_next")
            if next_page is None:
                return {"log": {**archive["log"], "entries": entries}}
            query["after"] = str(next_page)

    def clear(self) -> None:
        """Delete the exchanges so far."""
        self.before_clear()
        self._connection.send("DELETE", self._path)

    def assert_called(
        self,
        vendor: str,
        operation: str,
        *,
        times: int | None = None,
        body: Any = ...,
        query: Any = ...,
        headers: Any = ...,
        path: Any = ...,
        status: Any = ...,
        problem: Any = ...,
        fault: Any = ...,
    ) -> list[Exchange]:
        """Assert that the operation was called as expected, exactly `times`, or at least once without it.

        Returns the matching exchanges. See `ExpectedCall` for the values that can be expected; `status` and
        `problem` are those of the reply, `fault` is the kind of the fault that affected the call. Raises
        AssertionError with the nearest exchanges and their differences, and ControlError for an unknown
        vendor or operation.
        """
        expected = ExpectedCall(
            body=body, query=query, headers=headers, path=path, status=status, problem=problem, fault=fault
        )
        matching = self._find_matching(expected, vendor=vendor, operation=operation)
        if (matching and times is None) or len(matching) == times:
            return matching
        step = (vendor, operation, expected)
        raise AssertionError(assertion_messages.wrong_count_message(step, times, matching, self()))

    def assert_not_called(
        self,
        vendor: str | None = None,
        operation: str | None = None,
        *,
        body: Any = ...,
        query: Any = ...,
        headers: Any = ...,
        path: Any = ...,
        status: Any = ...,
        problem: Any = ...,
        fault: Any = ...,
    ) -> None:
        """Assert that no call matches: of the operation, of any operation of the vendor, or of any vendor.

        See `ExpectedCall` for the values that can be expected. Raises AssertionError with the matching calls,
        and ControlError for an unknown vendor or operation.
        """
        expected = ExpectedCall(
            body=body, query=query, headers=headers, path=path, status=status, problem=problem, fault=fault
        )
        matching = self._find_matching(expected, vendor=vendor, operation=operation)
        if matching:
            raise AssertionError(
                assertion_messages.unexpected_call_message(vendor, operation, expected, matching)
            )

    def assert_order(self, steps: Iterable[tuple[Any, ...]]) -> list[Exchange]:
        """Assert that calls were made in this order; other calls before, between and after are allowed.

        A step is `(vendor, operation)`, or `(vendor, operation, {…})` with `body`, `query`, `headers`,
        `path`, `status`, `problem` or `fault`. Returns the exchange of each step. Raises AssertionError with
        the journal, ControlError for an unknown vendor or operation, TypeError for anything but such steps.
        """
        parsed = [parse_step(number, step) for number, step in enumerate(steps, start=1)]
        if not parsed:
            raise TypeError("assert_order() has no steps; pass a list of (vendor, operation)")
        matched: list[Exchange] = []
        for vendor, operation, expected in parsed:
            after = matched[-1]["number"] if matched else 0
            found = self._find_matching(expected, vendor=vendor, operation=operation, after=after)
            if not found:
                raise AssertionError(assertion_messages.wrong_order_message(parsed, matched, self()))
            matched.append(found[0])
        return matched

    def _find_matching(self, expected: ExpectedCall, **filters: Any) -> list[Exchange]:
        return [exchange for exchange in self(**filters) if not expected.differences(exchange)]

    def _fetch(self, **filters: object) -> Iterator[Exchange]:
        """The exchanges, page by page."""
        query = {**_format_query(filters), "limit": str(_PAGE_SIZE)}
        while True:
            page = self._connection.send("GET", f"{self._path}?{urlencode(query)}")
            yield from page["exchanges"]
            if page["next"] is None:
                return
            query["after"] = str(page["next"])


def encode_filters(filters: dict[str, object]) -> str:
    """The query string of the filters that are not None."""
    return urlencode(_format_query(filters))


def _format_query(filters: dict[str, object]) -> dict[str, str]:
    """The filters that are not None, as text for the query string."""
    given = {name: value for name, value in filters.items() if value is not None}
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()
    }
