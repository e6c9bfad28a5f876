"""Durations as people write them: `2h`, `90s`, `1d12h`, `200ms`, or plain seconds."""

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

_UNITS: Final = MappingProxyType(
    {"w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
)
_PRINTED: Final = ("d", "h", "m")
_PARTS: Final = "".join(rf"(?:(\d+(?:\.\d+)?){unit})?" for unit in _UNITS)
_DURATION: Final = re.compile(_PARTS, re.ASCII)
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_LONGEST: Final = timedelta.max.total_seconds()


def parse_duration(text: str) -> float:
    """The seconds of a duration: one or several numbers with units, the largest first, or plain seconds.

    Raises `ValueError` with the fix for other text.
    """
    parts = _DURATION.fullmatch(text)
    if _NUMBER.fullmatch(text):
        seconds = float(text)
    elif text and parts:
        seconds = math.fsum(
            float(number) * unit
            for number, unit in zip(parts.groups(), _UNITS.values(), strict=True)
            if number is not None
        )
    else:
        raise ValueError(f"{text!r} is not a duration; write it like 90s, 2h, 1d12h, 200ms or plain seconds")
    if seconds > _LONGEST:
        raise ValueError(f"{text!r} is too long; the longest duration is {int(_LONGEST)} seconds")
    return seconds


def to_seconds(duration: timedelta | float | str) -> float:
    """The seconds of a duration: a timedelta, a number of seconds, or text (`parse_duration`).

    Raises `ValueError` for other text.
    """
    if isinstance(duration, timedelta):
        return duration.total_seconds()
    return parse_duration(duration) if isinstance(duration, str) else duration


def in_seconds(value: Any) -> Any:
    """A duration, or every duration in a distribution of them, in seconds; whole seconds are integers.

    Raises `ValueError` for text that is not a duration.
    """
    if isinstance(value, Mapping):
        return {name: in_seconds(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [in_seconds(one) for one in value]
    if not isinstance(value, timedelta | str):
        return value
    seconds = to_seconds(value)
    return int(seconds) if seconds.is_integer() else seconds


def format_seconds(seconds: float) -> str:
    """A duration as people write it: `1d12h`, `2m30s`, `250ms`."""
    if seconds < 1:
        return f"{seconds * 1000:.4g}ms"
    parts, rest = [], round(seconds, 3)
    for unit in _PRINTED:
        number, rest = divmod(rest, _UNITS[unit])
        parts += [f"{number:.0f}{unit}"] if number else []
    return "".join([*parts, *([f"{rest:.6g}s"] if rest else [])])
