"""The journal of a world: what was called and what was answered."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from mockserver.call import Exchange
from mockserver.client import assertion_messages
from mockserver.client.connection import Connection
from mockserver.client.matchers import Expected

__tracebackhide__ = True  # a test that fails in here shows its own line


class Journal:
    """The exchanges of one world, read by calling it: `world.journal(vendor="…", operation="…")`."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path
        self.before_forgetting: Callable[[], object] = lambda: None
        """Called before this client has the journal forgotten, for whoever must have read it to its end."""

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
        """The exchanges so far, oldest first; each filter that is given must hold.

        `further` are problem, fault (its kind), method, path, and the numbers since and until.
        """
        wishes = {"vendor": vendor, "operation": operation, "status": status, "flawed": flawed}
        return list(self._pages(**wishes, after=after, **further))

    def archive(self, **filters: Any) -> dict[str, Any]:
        """The exchanges as an HTTP Archive (HAR 1.2); the filters are those of a call."""
        wishes = {name: _word(value) for name, value in filters.items() if value is not None}
        wishes |= {"format": "har", "limit": "1000"}
        entries: list[Exchange] = []
        while True:
            archive: dict[str, Any] = self._connection.send("GET", f"{self._path}?{urlencode(wishes)}")
            entries += archive["log"]["entries"]
            following = archive["log"].pop("_next")
            if following is None:
                return {"log": {**archive["log"], "entries": entries}}
            wishes["after"] = str(following)

    def clear(self) -> None:
        """Forget the exchanges so far."""
        self.before_forgetting()
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
        """That the operation was called as `Expected` says, so many `times`, else once or more.

        Gives the exchanges that are as expected. `status` and `problem` are those of the reply, `fault` is
        the kind of the fault that struck. Raises AssertionError, with the nearest exchanges and what differs,
        and ControlError for a vendor or an operation that nobody has.
        """
        expected = Expected(
            body=body, query=query, headers=headers, path=path, status=status, problem=problem, fault=fault
        )
        found = self._as_expected(expected, vendor=vendor, operation=operation)
        if (found and times is None) or len(found) == times:
            return found
        raise AssertionError(
            assertion_messages.miscounted((vendor, operation, expected), times, found, self())
        )

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
        """That nothing was called as `Expected` says: of the operation, of the vendor, or of any.

        Raises AssertionError, with the calls, and ControlError for a vendor or an operation that nobody has.
        """
        expected = Expected(
            body=body, query=query, headers=headers, path=path, status=status, problem=problem, fault=fault
        )
        found = self._as_expected(expected, vendor=vendor, operation=operation)
        if found:
            raise AssertionError(assertion_messages.not_never(vendor, operation, expected, found))

    def assert_order(self, steps: Iterable[tuple[Any, ...]]) -> list[Exchange]:
        """That calls came in this order, whatever else came before, between and after.

        A step is `(vendor, operation)`, or `(vendor, operation, {…})` with the words of `assert_called`.
        Gives the exchange of each step. Raises AssertionError, with the journal, and ControlError for a
        vendor or an operation that nobody has.
        """
        wanted = [(one[0], one[1], Expected(**(one[2] if len(one) > 2 else {}))) for one in steps]
        met: list[Exchange] = []
        for vendor, operation, expected in wanted:
            after = met[-1]["number"] if met else 0
            found = self._as_expected(expected, vendor=vendor, operation=operation, after=after)
            if not found:
                raise AssertionError(assertion_messages.out_of_order(wanted, met, self()))
            met.append(found[0])
        return met

    def _as_expected(self, expected: Expected, **filters: Any) -> list[Exchange]:
        return [exchange for exchange in self(**filters) if not expected.differences(exchange)]

    def _pages(self, **filters: object) -> Iterator[Exchange]:
        wishes = {name: _word(value) for name, value in filters.items() if value is not None}
        while True:
            page = self._connection.send("GET", f"{self._path}?{urlencode({**wishes, 'limit': 1000})}")
            yield from page["exchanges"]
            if page["next"] is None:
                return
            wishes["after"] = page["next"]


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
