"""Result of a verification: its cases in order, their findings and exchanges."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mockserver.verify.finding import Finding
from mockserver.verify.http_client import Request, Response

STORY_CHECKS = ("status", "content type", "headers", "schema", "problem", "criterion", "reply")


@dataclass(frozen=True, slots=True)
class HttpExchange:
    """One HTTP request with its response; `operation` is None if no operation matches."""

    operation: str | None
    request: Request
    response: Response


@dataclass(frozen=True, slots=True)
class Case:
    """One test case: the lint of the contract, a story, or an operation in a phase of the fuzzer."""

    phase: str
    name: str
    findings: tuple[Finding, ...] = ()
    exchanges: tuple[HttpExchange, ...] = ()
    seconds: float = 0.0
    skipped: str | None = None


@dataclass
class VerificationResult:
    """All cases of one verification; `accepted` has the keys of findings that the baseline accepts."""

    vendor: str
    url: str
    accepted: frozenset[str] = frozenset()
    cases: list[Case] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        """All findings, each key once."""
        found: dict[str, Finding] = {}
        for case in self.cases:
            for finding in case.findings:
                found.setdefault(finding.key, finding)
        return list(found.values())

    @property
    def new_findings(self) -> list[Finding]:
        """Findings that the baseline does not accept."""
        return [finding for finding in self.findings if finding.key not in self.accepted]

    @property
    def stale_keys(self) -> list[str]:
        """Keys in the baseline without a finding."""
        return sorted(self.accepted - {finding.key for finding in self.findings})

    @property
    def exchanges(self) -> Iterator[HttpExchange]:
        """All exchanges of all cases."""
        return (exchange for case in self.cases for exchange in case.exchanges)
