"""Long work beside the calls of others: without pauses of the garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_MANY_OBJECTS: Final = 100_000  # visiting so many takes 10 ms


@contextmanager
def without_gc(*, keeps_all: bool = False) -> Iterator[None]:
    """Disables the garbage collector, which stops every thread while it visits what the work creates.

    It took a tenth of the time, too; of a year of nights, a quarter. If there are many new objects at the
    end, or with `keeps_all`, all that exist then are never visited again, only freed when nothing refers to
    them: they are documents, which have no cycles, or what the process needs to its end.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if keeps_all or gc.get_count()[0] > _MANY_OBJECTS:
            gc.freeze()
        if was_enabled:
            gc.enable()
