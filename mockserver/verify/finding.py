"""Finding: one deviation from the contract, with a key that is stable across runs."""

from dataclasses import dataclass
from typing import TypedDict


class FindingDict(TypedDict):
    """A finding as JSON."""

    key: str
    phase: str
    check: str
    operation: str | None
    place: str
    pointer: str
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One deviation. `phase` is lint, stories, fuzz, diff, call or reply; `place` is where it occurred.

    `check` is the check that failed: status, content type, schema, headers, problem, criterion, or the name
    of a Schemathesis check. `pointer` is a JSON pointer into the body.
    """

    phase: str
    check: str
    operation: str | None
    place: str
    message: str
    pointer: str = ""

    @property
    def key(self) -> str:
        """Identifies the finding in a baseline; it does not depend on the values in a response."""
        return ":".join((self.phase, self.check, self.operation or "-", self.place, self.pointer))

    def to_dict(self) -> FindingDict:
        """The finding as JSON."""
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
