"""Logging of `mockserver serve` to standard error: the access log (optional) and errors.

Only records start at the beginning of a line: text that callers send cannot forge one.
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
_MAX_URL_LENGTH: Final = 2_000


class CallLog:
    """The access log: one line for every call."""

    def on_call(self, event: CallEvent) -> None:
        """Logs the call."""
        _log.info("call", extra={"event": event})


class Text(logging.Formatter):
    """Text format; continuation lines are indented."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with its time, level and logger."""
        event: CallEvent | None = getattr(record, "event", None)
        text = _line(event) if event else _message(self, record)
        lines = map(escape, text.split("\n"))
        return f"{_time(record)} {record.levelname} {record.name}: " + "\n    ".join(lines)


class Json(logging.Formatter):
    """JSON format: one object a line, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """`{time, level, logger, process}` and the members of the call, else `message`."""
        event: CallEvent | None = getattr(record, "event", None)
        members = _members(event) if event else {"message": _message(self, record)}
        head = {"time": _time(record), "level": record.levelname, "logger": record.name}
        return json.dumps({**head, "process": record.process, **members})


def configure(form: str, stream: TextIO | None = None) -> None:
    """Writes all log records of this process in one of `FORMATS`; `none` omits the access log."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Json() if form == "json" else Text())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    _log.setLevel(logging.WARNING if form == "none" else logging.INFO)


def _message(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    trace = formatter.formatException(record.exc_info) if record.exc_info else ""
    return f"{record.getMessage()}\n{trace}".rstrip("\n")


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _members(event: CallEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "world": event.shown_world,
        "vendor": event.vendor,
        "operation": event.operation,
        "method": event.method,
        "url": event.url[:_MAX_URL_LENGTH],
        "status": event.status,
        "problem": event.problem,
        "flaw": event.flaw,
        "faults": [f"{id}:{kind}" for id, kind in event.faults],
        "duration_ms": event.duration_us / 1000,
    }


def _line(event: CallEvent) -> str:
    members = _members(event)
    first = f"{members.pop('method')} {members.pop('url')} {members.pop('status')}"
    members = {
        name: ",".join(value) if name == "faults" else value for name, value in members.items() if value
    }
    return " ".join([first, *(f"{name}={value}" for name, value in members.items())])
