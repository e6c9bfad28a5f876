"""Those who watch the journals of worlds: streams of events, and calls that wait for the next exchange.

One thread serves all of them, as long as there are any. Calls and changes of this process wake it; where
other processes can write to the store, it also looks by itself. It reads from the journal, so nothing is lost
or doubled, however long a client takes; and it needs no lock, so no call waits for it.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from mockserver.errors import MockserverError, Problem, StoreUnavailableError, WouldBlockError
from mockserver.formats.sanitize import format_traceback
from mockserver.server.reply_stream import ReplyStream
from mockserver.state.journal import Position
from mockserver.state.journal_feed import HEARTBEAT, JournalFeed, world_event
from mockserver.state.worlds import Worlds
from mockserver.storage.layout import ROOT_SPACE, WORLD_END

MAX_READERS: Final = 200
"""Streams and waiting calls of one process."""
MAX_UNREAD: Final = 1024 * 1024
"""Bytes that may wait for a stream's client; then it is cut, and can resume."""

_log = logging.getLogger("mockserver")
_GATHER_SECONDS: Final = 0.05  # between two looks: calls in quick succession share one
_POLL_SECONDS: Final = 0.25  # between two looks for what other processes have written
_HEARTBEAT_SECONDS: Final = 15.0


class _Reader(Protocol):
    reply: ReplyStream
    due: float

    def advance(self, feed: JournalFeed, now: float) -> bool:
        """Sends what is new; whether there is more."""

    def give_up(self) -> None:
        """Ends the reply: the world is gone."""


class _Stream:
    """A client that gets every exchange as an event."""

    def __init__(self, on_close: Callable[[], object], after: int) -> None:
        self.reply = ReplyStream(on_close, MAX_UNREAD)
        self.due = time.monotonic() + _HEARTBEAT_SECONDS
        self._number = after
        self._position: Position | None = None

    def advance(self, feed: JournalFeed, now: float) -> bool:
        """Sends what is new; whether there is more."""
        before, position = self._position, feed.position
        parts: list[bytes] = []
        if position.last < self._number or (before is not None and position.begun != before.begun):
            self._number = 0
        if before is None or position[:2] != before[:2]:
            parts.append(world_event(position))
        self._position = position
        events = feed.events_after(self._number)
        self._number = events.last
        parts.append(events.data)
        if now >= self.due:
            parts.append(HEARTBEAT)
            self.due = now + _HEARTBEAT_SECONDS
        data = b"".join(parts)
        if data:
            self.reply.send(data)
        return events.has_more

    def give_up(self) -> None:
        """Ends the reply."""
        self.reply.close()


class _Waiter:
    """A call that waits until something has happened, or until its time is over."""

    def __init__(
        self, on_close: Callable[[], object], position: Position, seconds: float, answer: "Answer"
    ) -> None:
        self.reply = ReplyStream(on_close, is_endless=False)
        self.due = time.monotonic() + seconds
        self._position = position
        self._answer = answer

    def advance(self, feed: JournalFeed, now: float) -> bool:
        """Sends the reply if it is time."""
        is_due = now >= self.due
        if self.reply.is_over:
            return False
        if is_due or feed.position != self._position:
            has_changed = feed.position[:2] != self._position[:2]
            body = self._answer(is_due or has_changed)
            self._position = feed.position
            if body is not None:
                self.reply.send(body)
                self.reply.close()
        return False

    def give_up(self) -> None:
        """Ends the reply with an empty page."""
        self.reply.send(b'{"exchanges":[],"next":null,"last":0,"dropped":0}')
        self.reply.close()


Answer = Callable[[bool], bytes | None]
"""Makes the body of a waiting call; None if there is nothing yet, unless it is asked for what there is."""


class _Watched:
    """A world that is watched, with its readers."""

    def __init__(self) -> None:
        self.readers: set[_Reader] = set()
        self.is_due = True


class JournalWatch:
    """The readers of one process; every method may be called from any thread."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self._lock = threading.Lock()
        self._watched: dict[str, _Watched] = {}
        self._count = 0
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._polls = worlds.store.version(ROOT_SPACE) is None

    def stream(self, world: str, after: int, opening: bytes) -> ReplyStream:
        """A stream of the exchanges after a number. Raises the problem too_many_watchers."""
        reader = _Stream(lambda: self._remove(world, reader), after)
        reader.reply.send(opening)
        self._add(world, reader)
        return reader.reply

    def wait(self, world: str, position: Position, seconds: float, answer: Answer) -> ReplyStream:
        """A reply that waits for the next change after this position. Raises too_many_watchers."""
        reader = _Waiter(lambda: self._remove(world, reader), position, seconds, answer)
        self._add(world, reader)
        return reader.reply

    def close(self) -> None:
        """Ends all replies and the thread."""
        self._stopped.set()
        self._wake.set()
        with self._lock:
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _add(self, world: str, reader: _Reader) -> None:
        with self._lock:
            if self._count >= MAX_READERS or self._stopped.is_set():
                raise Problem("too_many_watchers", most=MAX_READERS)
            self._count += 1
            watched = self._watched.get(world)
            if watched is None:
                watched = self._watched[world] = _Watched()
                self._worlds.signals.watch(world, lambda: self._note(watched))
            watched.readers.add(reader)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mockserver-watch", daemon=True)
                self._thread.start()
            watched.is_due = True
        self._wake.set()

    def _remove(self, world: str, reader: _Reader) -> None:
        with self._lock:
            watched = self._watched.get(world)
            if watched is None or reader not in watched.readers:
                return
            watched.readers.discard(reader)
            self._count -= 1
            if not watched.readers:
                del self._watched[world]
                self._worlds.signals.unwatch(world)
        self._wake.set()

    def _note(self, watched: _Watched) -> None:
        if not watched.is_due:
            watched.is_due = True
            self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait(self._pause())
            self._wake.clear()
            with self._lock:
                if not self._watched or self._stopped.is_set():
                    self._thread = None
                    break
                watched = [*self._watched.items()]
            now = time.monotonic()
            for world, one in watched:
                if one.is_due or self._polls or now >= self._first_due(one):
                    self._look(world, one, now)
            self._stopped.wait(_GATHER_SECONDS)
        for one in [*self._watched.values()] if self._stopped.is_set() else ():
            _give_up(one)

    def _pause(self) -> float:
        """How long nothing needs to be done unless something happens."""
        with self._lock:
            due = min((self._first_due(one) for one in self._watched.values()), default=0.0)
        seconds = max(0.0, due - time.monotonic())
        return min(seconds, _POLL_SECONDS) if self._polls else seconds

    @staticmethod
    def _first_due(watched: _Watched) -> float:
        return min((reader.due for reader in [*watched.readers]), default=0.0)

    def _look(self, world: str, watched: _Watched, now: float) -> None:
        """Sends to the readers of a world what is new in it."""
        watched.is_due = False
        try:
            record = self._worlds.peek(world)
            if now >= self._first_due(watched) and self._has_ended(world):
                _give_up(watched)  # a guest's token has ended; the world is deleted by the next call
                return
            feed = JournalFeed(self._worlds.activity(record)[1], record)
            for reader in [*watched.readers]:
                if reader.advance(feed, now):
                    self._note(watched)
        except Problem:
            _give_up(watched)
        except (StoreUnavailableError, WouldBlockError):
            watched.is_due = True
            if not self._polls:
                self._wake.set()
        except MockserverError as error:
            _log.error("a journal could not be watched (%s)", error)
            _give_up(watched)
        except Exception as error:
            _log.error("a journal could not be watched\n%s", format_traceback(error))
            _give_up(watched)

    def _has_ended(self, world: str) -> bool:
        """Whether the time of a guest's world is over."""
        end = self._worlds.store.space(ROOT_SPACE).get(WORLD_END, world)
        return end is not None and end.rank <= time.time()


def _give_up(watched: _Watched) -> None:
    for reader in [*watched.readers]:
        reader.give_up()
