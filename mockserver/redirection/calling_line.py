"""The line of the user's code that makes a call: the nearest one outside of libraries."""

import sys
import sysconfig
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Final

_PACKAGE: Final = Path(__file__).parents[1]
_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})


def calling_line() -> str:
    """` (called in FILE:LINE)`; empty if only libraries call, as in a thread that looks up names."""
    frame: FrameType | None = sys._getframe(1)  # an own traceback would read every file of it
    while frame is not None and _is_library(frame.f_code.co_filename):
        frame = frame.f_back
    return f" (called in {_shown(frame.f_code.co_filename)}:{frame.f_lineno})" if frame else ""


@cache
def _is_library(file: str) -> bool:
    """Whether a file belongs to Python, to an installed package or to this one."""
    if file.startswith("<"):
        return file != "<string>"  # python -c
    path = Path(file)
    return bool(_INSTALLED.intersection(path.parts)) or any(map(path.is_relative_to, _library_folders()))


@cache
def _library_folders() -> tuple[Path, ...]:
    return (_PACKAGE, *(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")))


def _shown(file: str) -> str:
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return file
