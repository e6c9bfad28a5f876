"""Result of a verification: its cases in order, their findings and exchanges."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mockserver.verify.finding import Finding
from mockserver.verify.http_client import Request, Response

STORY_CHECKS = ("status", "content type", "headers", "schema", "problem", "criterion")


@dataclass(frozen=True, slots=True)
class HttpExchange:
    """One HTTP request with its response; `operation` is None if no operation matches.

    `flawed` is whether the story expected another response, None for a call of no story.
    `place` is the story and step, `side` the server of a comparison (a or b), `credential` the name of the
    credential that the call carried, if any.
    """

    operation: str | None
    request: Request
    response: Response
    place: str = ""
    flawed: bool | None = None
    side: str = ""
    credential: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One test case: the lint of the contract, a story, or an operation in a phase of the fuzzer.

    `skipped` is why it was not to be carried out, `obstacle` why it could not be, or not to its end.
    """

    phase: str
    name: str
    findings: tuple[Finding, ...] = ()
    exchanges: tuple[HttpExchange, ...] = ()
    seconds: float = 0.0
    skipped: str | None = None
    obstacle: str | None = None


@dataclass
class VerificationResult:
    """All cases of one verification; `accepted` has the keys of findings that the baseline accepts.

    `sides` are the servers of a comparison, a and b. `seed` is that of the fuzzer, None if it did not run.
    `stopped` is whether the other cases were not tried, since several in a row could not be carried out.
    """

    vendor: str
    url: str
    accepted: frozenset[str] = frozenset()
    cases: list[Case] = field(default_factory=list)
    stopped: bool = False
    seed: int | None = None
    sides: tuple[str, ...] = ()
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def hindered(self) -> list[Case]:
        """The cases that could not be carried out, or not to their end."""
        return [case for case in self.cases if case.obstacle is not None]

    @property
    def completed(self) -> list[Case]:
        """The cases that were carried out to their end."""
        return [case for case in self.cases if case.skipped is None and case.obstacle is None]

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
        """Keys in the baseline without a finding; empty if not everything was carried out."""
        if self.hindered:
            return []
        return sorted(self.accepted - {finding.key for finding in self.findings})

    @property
    def exchanges(self) -> Iterator[HttpExchange]:
        """All exchanges of all cases."""
        return (exchange for case in self.cases for exchange in case.exchanges)
