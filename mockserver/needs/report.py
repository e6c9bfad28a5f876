"""The report on what a client needs: every member that it got, and what became of the client without it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.call import Exchange
from mockserver.formats.columns import align
from mockserver.formats.sanitize import escape
from mockserver.formats.secret_mark import REDACTED
from mockserver.needs.members import keep_members, parse

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module

CHANGES: Final = ("removed", "nulled", "renamed", "retyped")
"""The changes of a member, in the words of the fault `drift`."""
USED: Final = ("raised", "wrong")
"""The outcomes of a run that show that the client depends on the member."""
FORMAT: Final = "mockserver-needs/1"
_MAX_LISTED: Final = 10


@dataclass(frozen=True)
class Outcome:
    """The outcome of one run.

    `outcome` is `raised` (the function raised `error`), `wrong` (its result or its calls are not those of the
    first run), `same` (nothing shows that anything was missing) or `missed` (the call was not made again).
    """

    change: str
    outcome: str
    error: str = ""

    def as_json(self) -> dict[str, str]:
        """`{outcome}`, with the `error` if it raised one."""
        return {"outcome": self.outcome, **({"error": self.error} if self.error else {})}


@dataclass(frozen=True)
class Member:
    """A member of the replies of an operation, with the outcomes of the runs in which it was changed."""

    vendor: str
    operation: str
    pointer: str
    outcomes: tuple[Outcome, ...]

    @property
    def is_used(self) -> bool:
        """Whether the client depends on it."""
        return any(one.outcome in USED for one in self.outcomes)

    def as_json(self) -> dict[str, Any]:
        """The member with its outcomes, by change."""
        outcomes = {one.change: one.as_json() for one in self.outcomes}
        where = {"vendor": self.vendor, "operation": self.operation, "pointer": self.pointer}
        return {**where, "used": self.is_used, "changes": outcomes}


@dataclass(frozen=True)
class Needs:
    """The needs of a function.

    `compared` is what was compared with the first run: `result`, `calls` or both; `left_out` are the places
    in them that differ without any change, such as a time. `unread` are the operations
    with replies that are too long for the journal, whose members are unknown. `exchanges` are those of the
    first run.
    """

    test: str
    members: tuple[Member, ...]
    runs: int
    compared: tuple[str, ...]
    exchanges: tuple[Exchange, ...]
    unread: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self._lines())

    @property
    def used(self) -> list[Member]:
        """The members that the client depends on."""
        return [member for member in self.members if member.is_used]

    @property
    def unused(self) -> list[Member]:
        """The members that the client got and does not depend on."""
        return [member for member in self.members if not member.is_used]

    def pointers(self, vendor: str, operation: str) -> list[str]:
        """The JSON pointers of the members of an operation's replies that the client depends on."""
        return [one.pointer for one in self.used if (one.vendor, one.operation) == (vendor, operation)]

    def assert_only(self, vendor: str, operation: str, *pointers: str) -> None:
        """Assert that the client depends on no other member of the operation. Raises AssertionError."""
        others = [one for one in self.pointers(vendor, operation) if one not in pointers]
        if others:
            more = f" and {len(others) - _MAX_LISTED} more" if others[_MAX_LISTED:] else ""
            listed = ", ".join(others[:_MAX_LISTED])
            raise AssertionError(f"the client also depends on {listed}{more} of {vendor} {operation}")

    def as_json(self) -> dict[str, Any]:
        """The report as `--mockserver-needs` writes it for a test."""
        return {
            "test": self.test,
            "runs": self.runs,
            "compared": list(self.compared),
            "left_out": list(self.left_out),
            "unread": list(self.unread),
            "members": [member.as_json() for member in self.members],
            "calls": list(self._calls()),
        }

    def _calls(self) -> Iterator[dict[str, Any]]:
        """The calls of the first run, each kind once."""
        seen = set()
        for exchange in self.exchanges:
            call = exchange["call"]
            query = call["url"].partition("?")[2]
            key = (
                exchange["vendor"],
                exchange["operation"],
                exchange["reply"]["status"],
                query,
                call["body"],
            )
            if exchange["operation"] is None or key in seen:
                continue
            seen.add(key)
            yield {
                "vendor": exchange["vendor"],
                "operation": exchange["operation"],
                "method": call["method"],
                "path": call["path"],
                "query": query,
                "headers": _kept_headers(call["headers"]),
                "body": call["body"],
                "status": exchange["reply"]["status"],
                "reply": keep_members(parse(exchange["reply"]["body"]), self._pointers(exchange)),
            }

    def _pointers(self, exchange: Exchange) -> list[str]:
        return self.pointers(exchange["vendor"] or "", exchange["operation"] or "")

    def _lines(self) -> Iterator[str]:
        rows = [["member", *CHANGES]]
        for member in self.used:
            outcomes = {one.change: one for one in member.outcomes}
            cells = [_cell(outcomes[change]) if change in outcomes else "" for change in CHANGES]
            rows.append([escape(f"{member.vendor} {member.operation} {member.pointer}"), *cells])
        counts = Counter((one.vendor, one.operation) for one in self.unused)
        yield f"{len(self.used)} of {len(self.members)} members are needed ({self.runs} runs)"
        yield from align(rows) if self.used else ()
        for (vendor, operation), count in counts.items():
            yield f"not needed of {vendor} {operation}: {count} members"
        for operation in self.unread:
            yield f"unknown: the replies of {operation} are too long for the journal; ask for smaller pages"


def _kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that say what a call is: the type of its body, and its credentials, which are blanked."""
    return {
        name: value for name, value in headers.items() if name.lower() == "content-type" or REDACTED in value
    }


def _cell(outcome: Outcome) -> str:
    return escape(outcome.error) if outcome.error else outcome.outcome


def document(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """The file of several reports."""
    return {"format": FORMAT, "tests": reports}
