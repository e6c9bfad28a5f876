"""The conduct report of a world, as its client sees it."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, overload
from urllib.parse import quote

from mockserver.call import ConductFinding
from mockserver.client.connection import Connection
from mockserver.client.journal import encode_filters
from mockserver.conduct.unused import UNUSED
from mockserver.formats.sanitize import escape
from mockserver.formats.suggestions import nearest
from mockserver.needs.asked import asked_in_vain
from mockserver.needs.report import Needs

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module

_SEVERITIES: Final = ("info", "warning", "error")
_MAX_NUMBERS: Final = 8


class Conduct(Sequence[ConductFinding]):
    """The findings in a world's calls, the gravest first; `exchanges` is how many calls were judged.

    `dropped` is how many the journal has dropped before, which are not judged.
    """

    def __init__(self, report: dict[str, Any], without: Iterable[str] = ()) -> None:
        left_out = {*without}
        for name in sorted(left_out - {*report["rules"]}):
            close = nearest(name, report["rules"])
            raise ValueError(f"unknown rule {name!r}, the nearest is {close}; see docs/reference/conduct.md")
        self.world: str = str(report["world"])
        self.label: str | None = report["label"]
        self.exchanges: int = int(report["exchanges"])
        self.dropped: int = int(report["dropped"])
        self.findings: list[ConductFinding] = [
            one for one in report["findings"] if one["rule"] not in left_out
        ]

    @overload
    def __getitem__(self, index: int) -> ConductFinding: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[ConductFinding]: ...

    def __getitem__(self, index: int | slice) -> ConductFinding | Sequence[ConductFinding]:
        return self.findings[index]

    def __len__(self) -> int:
        return len(self.findings)

    def __str__(self) -> str:
        if not self.findings:
            return f"no findings in {self.exchanges} calls"
        return "\n\n".join(map(format_finding, self.findings))

    __repr__ = __str__

    @property
    def rules(self) -> list[str]:
        """The names of the rules of the findings, in their order."""
        return [one["rule"] for one in self.findings]

    def assert_clean(self, severity: str = "info") -> None:
        """Assert that no finding has this severity (info, warning, error) or a graver one.

        Raises AssertionError with the findings, also if the journal has dropped calls.
        """
        grave = [one for one in self.findings if _rank(one["severity"]) >= _rank(severity)]
        if grave:
            count = "1 finding" if len(grave) == 1 else f"{len(grave)} findings"
            listed = "\n\n".join(map(format_finding, grave))
            raise AssertionError(f"{count} on the conduct of the client in {self.world}\n\n{listed}")
        if self.dropped:
            fix = "clear the journal now and then, and ask for the report before"
            raise AssertionError(
                f"the journal of {self.world} has dropped {self.dropped} calls unjudged; {fix}"
            )


class ConductJudge:
    """Judges a client by its calls in one world: `world.conduct()`."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path

    def __call__(
        self,
        vendor: str | None = None,
        *,
        after: int = 0,
        without: Iterable[str] = (),
        patience: float = 30,
        identifiers: Iterable[str] = (),
        needs: Needs | None = None,
    ) -> Conduct:
        """Findings on the client, by its calls since exchange `after`, except of the rules in `without`.

        A client should give up waiting after `patience` seconds. `identifiers` are e-mail addresses and
        telephone numbers as they were typed, whose hashes it sends; `needs` is what `world.needs` has found
        of it, whose calls are judged too. Raises `ValueError` for an unknown rule.
        """
        filters = encode_filters({"vendor": vendor, "after": after, "patience": patience})
        filters += "".join(f"&identifier={quote(one, safe='')}" for one in identifiers)
        report = self._connection.send("GET", f"{self._path}/conduct?{filters}")
        if needs is not None:
            report["findings"] += _findings_on(needs, vendor)
        return Conduct(report, without)


def _findings_on(needs: Needs, vendor: str | None) -> list[dict[str, Any]]:
    """The findings on what a client asks for and does not need."""
    return [
        {
            **UNUSED,
            "vendor": one.vendor,
            "operation": one.operation,
            "exchanges": one.numbers,
            "what": f"asked for {', '.join(one.names)}, and did not use it",
        }
        for one in asked_in_vain(needs)
        if vendor in (None, one.vendor)
    ]


def format_finding(finding: ConductFinding) -> str:
    """A finding as three lines of text."""
    numbers = finding["exchanges"]
    listed = ", ".join(map(str, numbers[:_MAX_NUMBERS])) + (", …" if numbers[_MAX_NUMBERS:] else "")
    calls = "call" if len(numbers) == 1 else "calls"
    where = f"{finding['vendor']} {finding['operation'] or ''}".rstrip()
    rows = [
        f"{finding['severity']}: {finding['rule']}: {where}: {finding['what']} ({calls} {listed})",
        f"  why: {finding['why']} [{finding['known_from']}]",
        f"  fix: {finding['fix']}",
    ]
    return "\n".join(map(escape, rows))


def _rank(severity: str) -> int:
    """The place of a severity. Raises ValueError for another word."""
    if severity not in _SEVERITIES:
        raise ValueError(f"unknown severity {severity!r} (available: {', '.join(_SEVERITIES)})")
    return _SEVERITIES.index(severity)
