"""The journal of a world: its exchanges in order.

Stored apart from the world's records, since a call that is rolled back is journalled all the same.
"""

import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import orjson

from mockserver.call import MAX_JOURNALLED_BODY, Exchange
from mockserver.state.exchange_brief import Brief, brief_of
from mockserver.storage.layout import ACTION, BEGUN, CHANGED, CLEARED, EXCHANGE, journal_space_name
from mockserver.storage.reads import LastRank
from mockserver.storage.store import Cursor, LazyBody, Row, Store

MAX_EXCHANGES: Final = 2_000
_MAX_BYTES: Final = 64 * 1024 * 1024
_SEALED: Final = "sealed"  # the member with the call as capsules have it; no reader of the journal sees it
_TRIM_EVERY: Final = 16  # exchanges: more at once would hold up one call in so many
_MOST_SCANNED: Final = 5_000  # exchanges that one read of a page looks at
_MOST_BYTES_SCANNED: Final = 16 * 1024 * 1024

FILTERS: Final[Mapping[str, Callable[[Exchange], Any]]] = MappingProxyType(
    {
        "vendor": lambda exchange: exchange["vendor"],
        "operation": lambda exchange: exchange["operation"],
        "status": lambda exchange: exchange["reply"]["status"],
        "problem": lambda exchange: exchange["problem"],
        "method": lambda exchange: exchange["call"]["method"],
        "path": lambda exchange: exchange["call"]["path"],
        "fault": lambda exchange: exchange["fault"] and exchange["fault"]["kind"],
        "flawed": lambda exchange: exchange["flaw"] is not None,
    }
)
"""The names that exchanges can be filtered by, and how to read the value from an exchange."""


class Page(NamedTuple):
    """Exchanges of a journal; `resume` is the number behind which the next page starts, None at the end."""

    exchanges: list[Exchange]
    resume: int | None


class Position(NamedTuple):
    """How far a world has come.

    `version` grows with each change other than by a call, `begun` with each reset; `last` is the number of
    the newest exchange.
    """

    version: int
    begun: int
    last: int


class SealedExchange(NamedTuple):
    """An exchange, and its call without secrets as it can be sent again; None if that is not known."""

    exchange: Exchange
    sealed: dict[str, Any] | None


class _EncodedBody:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def __len__(self) -> int:
        return len(self._body)

    def encode(self) -> bytes:
        return self._body

    def encode_whole(self) -> bytes:
        return self._body


class Journal:
    """The exchanges of one world, numbered from 1.

    The numbers continue after `clear`. The oldest exchanges are dropped beyond `max_exchanges`, or 64 MiB.
    """

    def __init__(self, store: Store, world: str, max_exchanges: int = MAX_EXCHANGES) -> None:
        self._most = max_exchanges
        self._store = store
        self._space = store.space(journal_space_name(world))

    def query(self) -> LastRank:
        """The read for the number of the newest exchange: None or 0 before the first."""
        return LastRank(self._space.name, EXCHANGE)

    def last_number(self) -> int:
        """The number of the newest exchange, 0 before the first."""
        return self._space.last_rank(EXCHANGE)

    def add(self, exchange: Exchange) -> None:
        """Appends an exchange; its `number` must follow the last."""
        self.append(exchange["number"], _EncodedBody(encode(exchange)))

    def append(self, number: int, exchange: LazyBody, *, is_late: bool = False) -> None:
        """Appends an exchange that the store may encode later, unless it is large: bodies are cut then.

        One that `is_late` is still to be noted how long its client waits for the reply.
        """
        if len(exchange) > MAX_JOURNALLED_BODY and not is_late:
            exchange = _EncodedBody(exchange.encode_whole())
        self._space.put_lazily(EXCHANGE, Row(f"{number:012d}", "", number, None), exchange)
        if number % _TRIM_EVERY == 0:
            self._space.delete_below_rank(EXCHANGE, "", number - self._most + 1)
        # Without large exchanges the others cannot exceed the limit: summing up bytes is slow.
        if len(exchange) * self._most > _MAX_BYTES:
            self._space.trim_to_size(EXCHANGE, "", _MAX_BYTES)

    def read(
        self,
        filters: Mapping[str, Any] | None = None,
        *,
        after: int = 0,
        until: int | None = None,
        limit: int = 100,
    ) -> list[Exchange]:
        """The first `limit` exchanges after the number `after`, up to `until`, that match `filters`."""
        found: list[Exchange] = []
        for exchange in self.iterate(after, until):
            if matches(exchange, filters or {}):
                found.append(exchange)
                if len(found) >= limit:
                    break
        return found

    def iterate(
        self, after: int = 0, until: int | None = None, *, newest_first: bool = False
    ) -> Iterator[Exchange]:
        """The exchanges after the number `after`, up to `until`."""
        return (_decode(row.body or b"{}") for row in self._iterate(after, until, newest_first=newest_first))

    def page(
        self,
        accept: Callable[[Exchange], bool],
        *,
        after: int = 0,
        until: int | None = None,
        limit: int = 100,
        newest_first: bool = False,
    ) -> Page:
        """The first `limit` exchanges that are accepted, of those after `after` and up to `until`.

        It looks at 5,000 exchanges at most, or 16 MiB, so a page may have fewer and still not be the last.
        """
        found: list[Exchange] = []
        scanned = size = 0
        for row in self._iterate(after, until, newest_first=newest_first):
            if scanned >= _MOST_SCANNED or size >= _MOST_BYTES_SCANNED:
                return Page(found, row.rank + (1 if newest_first else -1))
            scanned, size = scanned + 1, size + len(row.body or b"")
            exchange = _decode(row.body or b"{}")
            if accept(exchange):
                if len(found) >= limit:
                    return Page(found, found[-1]["number"])
                found.append(exchange)
        return Page(found, None)

    def count_dropped(self, after: int = 0, until: int | None = None) -> int:
        """How many exchanges after the number `after`, up to `until`, were dropped, not cleared."""
        first = self._space.page(EXCHANGE, limit=1)
        if not first:
            return 0
        last = first[0].rank - 1 if until is None else min(first[0].rank - 1, until)
        return max(0, last - max(after, self._space.last_rank(CLEARED)))

    def briefs(self, after: int, limit: int) -> list[Brief]:
        """The first `limit` exchanges after a number, in brief: for less than reading them whole."""
        rows = self._space.page_lazily(EXCHANGE, limit=limit, after=Cursor(after + 1, ""))
        return [_brief(body) for _cursor, body in rows]

    def position(self) -> Position:
        """How far the world has come."""
        reads = [LastRank(self._space.name, kind) for kind in (CHANGED, BEGUN, EXCHANGE)]
        version, begun, last = self._store.fetch(*reads)
        return Position(version or 0, begun or 0, last or 0)

    def note_change(self) -> None:
        """Notes that something of the world was changed, other than by a call."""
        self._stamp(CHANGED)

    def begin_again(self) -> None:
        """Deletes the exchanges and their numbering, and notes that."""
        self.delete()
        self._stamp(BEGUN)

    def _stamp(self, kind: str) -> None:
        now = max(time.time_ns() // 1000, self._space.last_rank(kind) + 1)
        self._space.put(kind, Row("", "", now, b"1"))

    def read_sealed(self, number: int) -> SealedExchange | None:
        """An exchange with its call as capsules have it; None if it was dropped or cleared."""
        body = self._space.whole_body(EXCHANGE, f"{number:012d}")
        if body is None:
            return None
        exchange: Any = _parse(body)
        sealed = exchange.pop(_SEALED, None)
        return SealedExchange(exchange, sealed)

    @property
    def is_cleared(self) -> bool:
        """Whether exchanges or actions were ever deleted on request."""
        return self._space.get(CLEARED, "") is not None

    def clear(self) -> None:
        """Deletes the exchanges and actions; the numbers of exchanges continue."""
        number, position = self.last_number(), self.position()
        was_cleared = self.is_cleared or self._space.last_rank(ACTION) > 0
        self.delete()
        if position.begun:
            self._space.put(BEGUN, Row("", "", position.begun, b"1"))
        if number:
            self._space.put(EXCHANGE, Row(f"{number:012d}", "", number, None))
        if number or was_cleared:
            self._space.put(CLEARED, Row("", "", number, b"1"))

    def delete(self) -> None:
        """Deletes the exchanges and their numbering."""
        self._store.delete_space(self._space.name)

    def _iterate(self, after: int, until: int | None, *, newest_first: bool = False) -> Iterator[Row]:
        """The rows of the exchanges after one number and up to another one."""
        cursor: Cursor | None = Cursor(after + 1, "")
        if newest_first:
            cursor = None if until is None else Cursor(until + 1, "")
        while rows := self._space.page(EXCHANGE, limit=100, after=cursor, newest_first=newest_first):
            for row in rows:
                if row.rank <= after or (until is not None and row.rank > until):
                    return
                if row.body:  # without one, it only keeps the numbering
                    yield row
            cursor = rows[-1].cursor


def encode(exchange: Exchange, sealed: Mapping[str, Any] | None = None) -> bytes:
    """The exchange as it is stored: JSON, followed by a newline and the body of the reply as it is.

    The body is usually JSON: escaping it as a string inside JSON would cost more than everything else.
    """
    reply = exchange.get("reply", {})
    if "body" not in reply:
        return bytes(memoryview(orjson.dumps(exchange)))  # a dumped buffer pins far more than its length
    extra = {} if sealed is None else {_SEALED: sealed}
    head = orjson.dumps({**exchange, "reply": {**reply, "body": None}, **extra})
    return b"\n".join((head, reply["body"].encode()))


def _brief(body: LazyBody | bytes) -> Brief:
    make: Callable[[], Brief] | None = getattr(body, "brief", None)
    return make() if make else brief_of(_decode(body if isinstance(body, bytes) else body.encode()))


def _decode(stored: bytes) -> Exchange:
    exchange: Any = _parse(stored)
    exchange.pop(_SEALED, None)
    decoded: Exchange = exchange
    return decoded


def _parse(stored: bytes) -> Any:
    head, newline, body = stored.partition(b"\n")
    exchange = orjson.loads(head)
    if newline:
        exchange["reply"]["body"] = body.decode()
    return exchange


def matches(exchange: Exchange, filters: Mapping[str, Any]) -> bool:
    """Whether the exchange has these values, by the names of `FILTERS`; None stands for any."""
    return all(FILTERS[name](exchange) == value for name, value in filters.items() if value is not None)


def decode_body(raw: bytes) -> str:
    """A body as the journal stores it: text, truncated if it is very long."""
    if len(raw) <= MAX_JOURNALLED_BODY:
        return raw.decode("utf-8", "replace")
    # an incremental decoder leaves out a character that was cut in two
    text = getincrementaldecoder("utf-8")("replace").decode(raw[:MAX_JOURNALLED_BODY])
    return f"{text}… ({len(raw)} bytes)"
