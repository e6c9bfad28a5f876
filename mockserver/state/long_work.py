"""Long work beside the calls of others: without pauses of the garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Final

_MANY_OBJECTS: Final = 100_000  # visiting so many takes 10 ms


class OwnProcess:
    """A process that runs one command of ours and nothing else, so that its garbage collector is ours.

    Elsewhere, in the tests of a client for example, frozen objects would be garbage of others for ever.
    """

    is_this: ClassVar[bool] = False

    @classmethod
    def declare(cls) -> None:
        """Declares this process as such: objects that live to its end may be frozen from now on."""
        cls.is_this = True
        # Calls create few cycles and contracts many objects that live long: Python's own thresholds cost a
        # tenth of a start, and pauses of tens of milliseconds.
        gc.set_threshold(50_000, 20, 100)


@contextmanager
def without_gc(*, keeps_all: bool = False) -> Iterator[None]:
    """Disables the garbage collector, which stops every thread while it visits what the work creates.

    It took a tenth of the time, too; of a year of nights, a quarter. If there are many new objects at the
    end, or with `keeps_all`, all that exist then are never visited again in a process of our own, only freed
    when nothing refers to them: they are documents, which have no cycles, or what it needs to its end.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if OwnProcess.is_this and (keeps_all or gc.get_count()[0] > _MANY_OBJECTS):
            gc.freeze()
        if was_enabled:
            gc.enable()
