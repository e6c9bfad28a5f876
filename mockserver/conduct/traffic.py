"""The exchanges of one vendor in a world, with the facts that rules ask for."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from mockserver.call import Exchange
from mockserver.conduct.facts import Facts
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.contract.pagination import whole_number
from mockserver.formats.json_pointer import MISSING, parse_pointer, resolve

_SUCCESS: Final = range(200, 300)
_ACCEPTED: Final = 202
_SERVER_ERROR: Final = 500
_LOST: Final = frozenset({"drop_after", "reset", "truncate", "garbage"})
"""The kinds of fault after which an operation has run and the client does not know its reply."""
_LATE: Final = frozenset({"latency", "trickle"})
"""The kinds of fault after which a client may have stopped waiting for the reply."""
_LONGEST_WAIT: Final = 366.0 * 86_400
"""The longest wait that a reply can ask for, in seconds."""
_CUT: Final = re.compile(r"… \([0-9]+ bytes\)$")
_BROKEN: Final = _LOST | {"drop_before"}


_BURST: Final = timedelta(seconds=10)
"""The longest pause between calls of one piece of work: what comes later may be another event."""
_RUN: Final = timedelta(minutes=10)
"""The longest pause between calls of one run: what comes later is another, such as the next hour's."""


@dataclass(eq=False)
class Step:
    """One exchange with its operation (None: no operation matches)."""

    exchange: Exchange
    operation: Operation | None
    knowledge: Mapping[str, Any]
    """What the contract says for the rules (`x-conduct`)."""
    windows: Mapping[str, int]
    """The seconds of the shortest window of a limit, by its problem."""
    request: tuple[str, str, str] = field(init=False)
    """The call as far as it decides the reply: equal for calls that are the same."""

    def __post_init__(self) -> None:
        call = self.exchange["call"]
        self.request = (call["method"], call["path"] + "?" + call["url"].partition("?")[2], call["body"])

    @property
    def number(self) -> int:
        """Its number in the journal."""
        return self.exchange["number"]

    @property
    def name(self) -> str:
        """The name of its operation; "" if no operation matches."""
        return self.operation.id if self.operation else ""

    @cached_property
    def at(self) -> datetime:
        """The time of the world's clock."""
        return datetime.fromisoformat(self.exchange["at"])

    @property
    def status(self) -> int:
        """The status of the reply."""
        return self.exchange["reply"]["status"]

    @property
    def is_success(self) -> bool:
        """Whether the reply has a status 2xx."""
        return self.status in _SUCCESS

    @property
    def is_read(self) -> bool:
        """Whether the operation only reads; a login does not count."""
        return bool(self.operation and self.operation.is_read_only) and self.name != self.knowledge.get(
            "login"
        )

    @cached_property
    def is_unknown_to_client(self) -> bool:
        """Whether the operation has run, or may have, and the client did not get its reply."""
        return self._fault in _LOST

    @property
    def is_late(self) -> bool:
        """Whether the reply came late, so that the client may have stopped waiting for it."""
        return self._fault in _LATE

    @property
    def waited(self) -> float:
        """The seconds of a planned delay for which the client waited to the end; 0 if it did not."""
        fault = self.exchange["fault"]
        return fault.get("waited", 0.0) if fault else 0.0

    @property
    def is_failure(self) -> bool:
        """Whether the server failed, or its reply was lost."""
        return self.status >= _SERVER_ERROR or self._fault in _BROKEN

    @property
    def _fault(self) -> str:
        fault = self.exchange["fault"]
        return fault["kind"] if fault else ""

    @cached_property
    def query(self) -> dict[str, str]:
        """The query parameters."""
        text = self.exchange["call"]["url"].partition("?")[2]
        return dict(parse_qsl(text, keep_blank_values=True)) if text else {}

    @cached_property
    def sent(self) -> Any:
        """The JSON of the call's body; None without one."""
        return _read_json(self.exchange["call"]["body"])

    @cached_property
    def received(self) -> Any:
        """The JSON of the reply's body; None without one. Of a long page, as much as shows its place."""
        page = self.exchange.get("page")
        pagination = self.operation.pagination if self.operation else None
        if page is None or pagination is None:
            return _read_json(self.exchange["reply"]["body"])
        items: list[Any] = [None] * page["items"]
        found = _placed(pagination.items, items)
        if pagination.next is not None and isinstance(found, dict):
            found |= _placed(pagination.next, page["has_next"])
        return found

    @cached_property
    def ids(self) -> list[str]:
        """The values that name records: in the path, in the query, and in members whose names end in id."""
        template = self.operation.path.split("/") if self.operation else []
        path = self.exchange["call"]["path"].rstrip("/").split("/")[-len(template) :]
        places = zip(template[::-1], path[::-1], strict=False)
        named = [text for name, text in places if "{" in name]
        listed = [
            str(one)
            for name, value in (self.sent.items() if isinstance(self.sent, dict) else ())
            if name.lower().endswith(("id", "ids"))
            for one in (value if isinstance(value, list) else [value])
            if isinstance(one, str | int)
        ]
        return [one for one in (*named, *self.query.values(), *listed) if one]

    def mentions(self, text: str) -> bool:
        """Whether the call or its reply has the text."""
        call, reply = self.exchange["call"], self.exchange["reply"]
        return text in call["url"] or text in call["body"] or text in reply["body"]

    def header(self, name: str) -> str:
        """A header of the call, "" without it; names are in lower case."""
        return self.exchange["call"]["headers"].get(name, "")

    @property
    def changed(self) -> bool:
        """Whether the call changed any record."""
        return bool(self.exchange["effect_counts"])

    @cached_property
    def added(self) -> bool:
        """Whether the call added a record."""
        return any(counts.get("added") for counts in self.exchange["effect_counts"].values())

    @cached_property
    def wait_asked(self) -> float | None:
        """The seconds after which the reply asks the client to call again; None if it does not."""
        headers = self.exchange["reply"]["headers"]
        if self.is_success and self.status != _ACCEPTED:
            return None
        text = next((text for name, text in headers.items() if name.lower() == "retry-after"), "")
        if text.isascii() and text.isdigit():
            return min(float(text), _LONGEST_WAIT)
        pointer = self.knowledge.get("retry_after", {}).get(self.exchange["problem"])
        found = resolve(self.received, pointer) if pointer else MISSING
        if isinstance(found, int | float):
            return min(float(found), _LONGEST_WAIT)
        try:
            then = parsedate_to_datetime(text) if text else None
        except ValueError:
            return None
        if then is None:
            return None
        then = then if then.tzinfo else then.replace(tzinfo=UTC)  # of the zone -0000
        return min(max(0.0, (then - self.at).total_seconds()), _LONGEST_WAIT)

    @property
    def window(self) -> int:
        """The seconds of the window of the limit that rejected the call; 0 if none did."""
        return self.windows.get(self.exchange["problem"] or "", 0)

    @cached_property
    def page(self) -> str | None:
        """The position of the reply in a list: first, middle, last or beyond; None if it is not a page."""
        pagination = self.operation.pagination if self.operation else None
        if pagination is None or not self.is_success:
            return None
        return pagination.position(self.query, self.sent, self.received)

    @cached_property
    def items(self) -> list[Any]:
        """The items of the page in the reply."""
        pagination = self.operation.pagination if self.operation else None
        found = resolve(self.received, pagination.items) if pagination else MISSING
        return found if isinstance(found, list) else []

    @cached_property
    def has_more(self) -> bool:
        """Whether the reply is a page after which more follow, as far as the reply shows it."""
        pagination = self.operation.pagination if self.operation else None
        if pagination is None or not self.is_success or not self.items:
            return False
        if pagination.next is not None:
            following = resolve(self.received, pagination.next)
            return following is not MISSING and bool(following)
        asked = str(self.asked(pagination.size)) if pagination.size else ""
        return len(self.items) >= (whole_number(asked) or pagination.page_length)

    def asked(self, name: str) -> Any:
        """A value that the call sent: a query parameter, or a JSON pointer into its body; None without it."""
        found = resolve(self.sent, name) if name.startswith("/") else self.query.get(name)
        return None if found is MISSING else found


@dataclass(eq=False)
class Traffic:
    """The calls of a client to one vendor, in order."""

    vendor: str
    contract: Contract
    steps: list[Step]
    facts: Facts
    known_values: Callable[[], Iterable[str]]
    """The e-mail addresses and telephone numbers that the world and its calls know."""

    @cached_property
    def knowledge(self) -> Mapping[str, Any]:
        """The contract's part for the rules (`x-conduct`)."""
        found: Mapping[str, Any] = self.contract.document.root.get("x-conduct", {})
        return found

    @cached_property
    def windows(self) -> dict[str, int]:
        """The seconds of the shortest window of a limit, by its problem."""
        limits = sorted(self.contract.limits.values(), key=lambda one: -one.seconds)
        return {one.problem: one.seconds for one in limits}

    @cached_property
    def by_operation(self) -> dict[str, list[Step]]:
        """The steps of each operation."""
        found: dict[str, list[Step]] = {}
        for step in self.steps:
            if step.operation:
                found.setdefault(step.name, []).append(step)
        return found


def read_traffic(
    exchanges: Iterable[Exchange],
    contracts: Mapping[str, Contract],
    facts: Facts,
    known: Callable[[], Iterable[str]],
) -> list[Traffic]:
    """The exchanges with each of these vendors, without calls to paths that it does not have."""
    found: dict[str, Traffic] = {}
    for exchange in exchanges:
        vendor = exchange["vendor"] or ""
        if vendor not in contracts:
            continue
        contract = contracts[vendor]
        operation = contract.operations.get(exchange["operation"] or "")
        traffic = found.setdefault(vendor, Traffic(vendor, contract, [], facts, known))
        traffic.steps.append(Step(exchange, operation, traffic.knowledge, traffic.windows))
    return list(found.values())


def bursts(steps: Iterable[Step]) -> list[list[Step]]:
    """The steps in groups that follow each other closely."""
    return _split(steps, _BURST)


def runs(steps: Iterable[Step]) -> list[list[Step]]:
    """The steps in groups without a long pause."""
    return _split(steps, _RUN)


def _split(steps: Iterable[Step], pause: timedelta) -> list[list[Step]]:
    found: list[list[Step]] = []
    for step in steps:
        if found and step.at - found[-1][-1].at < pause:
            found[-1].append(step)
        else:
            found.append([step])
    return found


def _placed(pointer: str, value: Any) -> Any:
    """A JSON value that has the value at the pointer."""
    for name in reversed(parse_pointer(pointer)):
        value = {name: value}
    return value


def is_cut(body: str) -> bool:
    """Whether the journal has only the start of a body, since it is long."""
    return body.endswith(" bytes)") and _CUT.search(body) is not None


def _read_json(text: str) -> Any:
    try:
        return orjson.loads(text) if text else None
    except ValueError:
        return None
