"""The distinction between the client's code, with its libraries, and that of the test kit around it."""

import queue
import threading
from concurrent.futures import _base, thread
from types import FrameType
from typing import Final

LOCK_FILES: Final = frozenset(str(module.__file__) for module in (threading, queue, _base, thread))
"""The modules in which a thread is that waits for a lock."""
_TEST_KITS: Final = ("mockserver", "_pytest", "pytest", "pluggy", "xdist", "execnet")
_PASSED_OVER: Final = ("asyncio.", "mockserver.waits.loop_hooks")


def is_clients(frame: FrameType | None, *also: str) -> bool:
    """Whether code of the client, or of a library of it, waits in this frame.

    Code of pytest, of its plugins and of this package is not, except modules whose names begin like `also`.
    """
    while frame is not None and _is_passed_over(frame):
        frame = frame.f_back
    if frame is None:
        return True
    module = str(frame.f_globals.get("__name__", ""))
    package = module.partition(".")[0]
    return module.startswith(also) or not (package in _TEST_KITS or package.startswith("pytest_"))


def _is_passed_over(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__", ""))
    return frame.f_code.co_filename in LOCK_FILES or name.startswith(_PASSED_OVER)
