"""What `mockserver serve` writes to its standard error: calls if wished for, and what goes wrong in any case.

Each record begins at the start of a line, and only records do: whatever a caller sent, it makes none.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from mockserver.formats.sanitize import escape
from mockserver.state.events import CallEvent

FORMATS: Final = ("text", "json", "none")

_log = logging.getLogger("mockserver.calls")
_LONGEST: Final = 2_000


class CallLog:
    """Writes a line for every call."""

    def on_call(self, seen: CallEvent) -> None:
        """Writes the line."""
        _log.info("call", extra={"seen": seen})


class Text(logging.Formatter):
    """For people: what belongs to the line before it is indented."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with its time, its level and where it comes from."""
        seen: CallEvent | None = getattr(record, "seen", None)
        said = _line(seen) if seen else _said(self, record)
        lines = map(escape, said.split("\n"))
        return f"{_time(record)} {record.levelname} {record.name}: " + "\n    ".join(lines)


class Json(logging.Formatter):
    """For programs: an object a line, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """`{time, level, logger, process}` and the members of the call, else `message`."""
        seen: CallEvent | None = getattr(record, "seen", None)
        told = _members(seen) if seen else {"message": _said(self, record)}
        head = {"time": _time(record), "level": record.levelname, "logger": record.name}
        return json.dumps({**head, "process": record.process, **told})


def configure(form: str, stream: TextIO | None = None) -> None:
    """Has everything that is logged in this process written in one of `FORMATS`; none tells of no calls."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Json() if form == "json" else Text())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    _log.setLevel(logging.WARNING if form == "none" else logging.INFO)
    # waitress warns of every call that waits for another: where several come at once that is how it is.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def _said(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    trace = formatter.formatException(record.exc_info) if record.exc_info else ""
    return f"{record.getMessage()}\n{trace}".rstrip("\n")


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _members(seen: CallEvent) -> dict[str, Any]:
    return {
        "id": seen.id,
        "world": seen.world,
        "vendor": seen.vendor,
        "operation": seen.operation,
        "method": seen.method,
        "url": seen.url[:_LONGEST],
        "status": seen.status,
        "problem": seen.problem,
        "flaw": seen.flaw,
        "faults": [f"{id}:{kind}" for id, kind in seen.faults],
        "duration_ms": seen.duration_us / 1000,
    }


def _line(seen: CallEvent) -> str:
    members = _members(seen)
    first = f"{members.pop('method')} {members.pop('url')} {members.pop('status')}"
    told = {name: ",".join(value) if name == "faults" else value for name, value in members.items() if value}
    return " ".join([first, *(f"{name}={value}" for name, value in told.items())])
