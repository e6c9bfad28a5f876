"""What a verification did and found: the cases that were tried, in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mockserver.verify.finding import Finding
from mockserver.verify.http_client import Came, Sent

STORY_CHECKS = ("status", "content type", "headers", "schema", "problem", "criterion", "reply")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its reply; `operation` is None where none answers."""

    operation: str | None
    sent: Sent
    came: Came


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was tried: the contract's lint, a story, or an operation in a phase of the fuzzer."""

    phase: str
    name: str
    findings: tuple[Finding, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    seconds: float = 0.0
    skipped: str | None = None


@dataclass
class Outcome:
    """Everything of one verification; `accepted` are the keys of findings that are known and borne."""

    vendor: str
    url: str
    accepted: frozenset[str] = frozenset()
    cases: list[Case] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        """Everything that was found, once each."""
        found: dict[str, Finding] = {}
        for case in self.cases:
            for finding in case.findings:
                found.setdefault(finding.key, finding)
        return list(found.values())

    @property
    def news(self) -> list[Finding]:
        """What was found and is not accepted."""
        return [finding for finding in self.findings if finding.key not in self.accepted]

    @property
    def gone(self) -> list[str]:
        """What is accepted and was not found."""
        return sorted(self.accepted - {finding.key for finding in self.findings})

    @property
    def exchanges(self) -> Iterator[Exchange]:
        """Every call with its reply."""
        return (exchange for case in self.cases for exchange in case.exchanges)
