"""What was found: one thing that is not as promised, named so that it can be known again."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `phase` is lint, stories or fuzz; `place` says where it was met.

    `check` is what was held against it: status, content type, schema, headers, problem, criterion, reply, or
    the name of an outside judge's check. `pointer` leads into the body.
    """

    phase: str
    check: str
    operation: str | None
    place: str
    message: str
    pointer: str = ""

    @property
    def key(self) -> str:
        """Its name in a baseline: stable where the same thing is found again with other values."""
        return ":".join((self.phase, self.check, self.operation or "-", self.place, self.pointer))

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "key": self.key,
            "phase": self.phase,
            "check": self.check,
            "operation": self.operation,
            "place": self.place,
            "pointer": self.pointer,
            "message": self.message,
        }

    def __str__(self) -> str:
        where = f"{self.operation or self.place}{f' {self.pointer}' if self.pointer else ''}"
        return f"{self.phase} {self.check}: {where}: {self.message} ({self.place})"
