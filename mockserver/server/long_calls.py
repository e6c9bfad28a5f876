"""Which calls are expected to take long, from how long the calls like them took before."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from mockserver.server.http_request import HttpRequest

LONG_SECONDS: Final = 0.01
"""A call elsewhere delays the event loop by the switch interval (a millisecond under `mockserver serve`)
each time that the loop wants to run, a few times a request. A shorter call delays it less in the loop itself.
"""

_LARGE_BODY: Final = 256 * 1024  # parsing and validating so many bytes takes longer than the bound
_SMALL_BODY: Final = 4096
_MOST_PENALTY: Final = 64
_SHORT_TO_FORGET: Final = 256
_MAX_KEYS: Final = 1_000
_IDLE_NOTES: Final = 10_000

Key = tuple[object, ...]


class _History:
    """How many further calls of a key run elsewhere, and how many that number was at first."""

    __slots__ = ("group", "last_note", "penalty", "remaining", "seconds")

    def __init__(self, group: Hashable) -> None:
        self.group = group
        self.penalty = 0
        self.remaining = 0
        self.last_note = 0
        self.seconds = 0.0


class LongCalls:
    """Which calls are expected to take long; used in the thread of the event loop only.

    After a long call, the next call of its key runs elsewhere. If that is short, the one after it runs in the
    loop again: a call that was long only once, since it filled a cache, say, costs one detour. If calls turn
    out long in the loop again and again, two, four, … up to 64 short ones in a row must pass before: so it is
    with operations whose cost depends on what the caller asks for. The key has the size of the body, roughly.
    """

    def __init__(
        self,
        key: Callable[[HttpRequest], tuple[str, ...]],
        group: Callable[[HttpRequest], Hashable],
        bound: float = LONG_SECONDS,
    ) -> None:
        """A call is long if it takes `bound` seconds.

        `group` is what the keys of some calls have in common. It is found in less time, and a key is not
        looked for while its group has no history.
        """
        self._key = key
        self._group = group
        self._groups: Counter[Hashable] = Counter()
        self._bound = bound
        self._histories: OrderedDict[Key, _History] = OrderedDict()
        self._notes = 0

    def __len__(self) -> int:
        return len(self._histories)

    def is_expected(self, request: HttpRequest, seconds: float = 0.0) -> bool:
        """Whether the call is expected to take long; with `seconds`, as long as that."""
        if not seconds and len(request.body) >= _LARGE_BODY:
            return True
        if not self._histories or self._group(request) not in self._groups:
            return False
        history = self._histories.get(self._key_of(request))
        return history is not None and history.remaining > 0 and history.seconds >= seconds

    def note(self, request: HttpRequest, seconds: float, *, in_place: bool) -> None:
        """Notes how long a call took, and whether it ran where short calls do."""
        is_long = seconds >= self._bound
        if not is_long and not self._histories:
            return
        self._notes += 1
        group = self._group(request)
        if is_long or group in self._groups:
            key = self._key_of(request)
            history = self._histories.get(key)
            if is_long:
                self._note_long(key, history or self._begin(key, group), seconds, in_place)
            elif history is not None:
                self._note_short(key, history)
        self._forget()

    def _begin(self, key: Key, group: Hashable) -> _History:
        history = self._histories[key] = _History(group)
        self._groups[group] += 1
        return history

    def _end(self, key: Key, history: _History) -> None:
        del self._histories[key]
        self._groups[history.group] -= 1
        if not self._groups[history.group]:
            del self._groups[history.group]

    def _note_long(self, key: Key, history: _History, seconds: float, in_place: bool) -> None:
        history.seconds = seconds
        if in_place or not history.penalty:
            history.penalty = min(2 * history.penalty or 1, _MOST_PENALTY)
        history.remaining = history.penalty
        self._touch(key, history)

    def _note_short(self, key: Key, history: _History) -> None:
        history.remaining -= 1
        if history.remaining <= -_SHORT_TO_FORGET:
            self._end(key, history)
        else:
            self._touch(key, history)

    def _touch(self, key: Key, history: _History) -> None:
        history.last_note = self._notes
        self._histories.move_to_end(key)

    def _forget(self) -> None:
        """Forgets the key that was used least recently: of too many, or if its world is probably gone.

        While there is any key, the group of every call is looked up.
        """
        if self._histories:
            key, oldest = next(iter(self._histories.items()))
            if len(self._histories) > _MAX_KEYS or self._notes - oldest.last_note > _IDLE_NOTES:
                self._end(key, oldest)

    def _key_of(self, request: HttpRequest) -> Key:
        return (*self._key(request), (len(request.body) // _SMALL_BODY).bit_length())
