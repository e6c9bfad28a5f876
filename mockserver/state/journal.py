"""The exchanges of a world in order. Kept apart from its records: a refused call leaves a trace here only."""

from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson

from mockserver.call import Exchange
from mockserver.storage.store import Cursor, Row, ScalarQuery, Store, last_rank

_KIND = "_exchange"
MAX_EXCHANGES = 2_000
_MOST_BYTES = 64 * 1024 * 1024
_TRIM_EVERY = 64
_WEIGH_EVERY = 512
_LONGEST_BODY = 64_000

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
"""What exchanges can be chosen by, and how it is read from one."""


class Journal:
    """Numbered from 1; numbers go on after clearing, and the oldest fall out beyond `most`, or 64 MB."""

    def __init__(self, store: Store, world: str, most: int = MAX_EXCHANGES) -> None:
        self._most = most
        self._store = store
        self._space = f"j/{world}"

    def query(self) -> ScalarQuery:
        """What to ask the store for `reading`."""
        # Asked by every call: it would write down each time what the last call has put.
        return last_rank(self._space, _KIND)._replace(reads=())

    def parse(self, answer: int | None) -> int:
        """The number of the newest exchange, 0 before the first; by the answer to the question."""
        return self._store.last_buffered_rank(self._space, _KIND) or answer or 0

    def last_number(self) -> int:
        """The number of the newest exchange, 0 before the first."""
        return self._store.last_rank(self._space, _KIND)

    def add(self, exchange: Exchange) -> None:
        """Writes one down; its `number` must follow the last."""
        number = exchange["number"]
        body = _packed(exchange)
        self._store.put(self._space, _KIND, Row(f"{number:012d}", "", number, body))
        if number % _TRIM_EVERY == 0:
            self._store.delete_below_rank(self._space, _KIND, "", number - self._most + 1)
            # To add up bytes takes a while; where exchanges are as small as this one there is no hurry.
            if len(body) * self._most > _MOST_BYTES or number % _WEIGH_EVERY == 0:
                self._store.trim_to_size(self._space, _KIND, "", _MOST_BYTES)

    def read(
        self,
        wanted: Mapping[str, Any] | None = None,
        *,
        after: int = 0,
        until: int | None = None,
        limit: int = 100,
    ) -> list[Exchange]:
        """The first exchanges after a number, up to another, that are as `wanted` (`FILTERS`) says."""
        found: list[Exchange] = []
        for exchange in self._walk(after):
            if until is not None and exchange["number"] > until:
                break
            if _is_wanted(exchange, wanted or {}):
                found.append(exchange)
                if len(found) >= limit:
                    break
        return found

    def clear(self) -> None:
        """Forgets the exchanges, but not how many there were."""
        number = self.last_number()
        self._store.delete_space(self._space)
        if number:
            self._store.put(self._space, _KIND, Row(f"{number:012d}", "", number, None))

    def delete(self) -> None:
        """Forgets everything."""
        self._store.delete_space(self._space)

    def _walk(self, after: int) -> Iterator[Exchange]:
        space = self._store.space(self._space)
        place = Cursor(after + 1, "")
        while rows := space.page(_KIND, limit=100, after=place):
            for row in rows:
                yield _unpacked(row.body or b"{}")
            place = rows[-1].cursor


def _packed(exchange: Exchange) -> bytes:
    """The exchange as JSON, and after a line end the body of the reply as it is: it has been JSON before, and
    to write it as a text within JSON would cost more than all the rest.
    """
    reply = exchange.get("reply", {})
    if "body" not in reply:
        return bytes(memoryview(orjson.dumps(exchange)))  # a dumped buffer pins far more than its length
    head = orjson.dumps({**exchange, "reply": {**reply, "body": None}})
    return b"\n".join((head, reply["body"].encode()))


def _unpacked(kept: bytes) -> Exchange:
    head, apart, body = kept.partition(b"\n")
    exchange: Exchange = orjson.loads(head)
    if apart:
        exchange["reply"]["body"] = body.decode()
    return exchange


def _is_wanted(exchange: Exchange, wanted: Mapping[str, Any]) -> bool:
    return all(FILTERS[name](exchange) == value for name, value in wanted.items() if value is not None)


def decode_body(raw: bytes) -> str:
    """A body as the journal keeps it: text, cut where it is very long."""
    if len(raw) <= _LONGEST_BODY:
        return raw.decode("utf-8", "replace")
    # an incremental decoder leaves out a character that the cut went through
    text = getincrementaldecoder("utf-8")("replace").decode(raw[:_LONGEST_BODY])
    return f"{text}… ({len(raw)} bytes)"
