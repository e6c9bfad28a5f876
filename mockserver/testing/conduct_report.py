"""The conduct report of several worlds: findings of tests or of a run, as text and as a file."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from mockserver.client.conduct import Conduct, format_finding
from mockserver.formats.html_page import render, report_facts

_TEMPLATE: Final = Path(__file__).with_name("conduct.html")


class ConductReport:
    """The findings in the calls of several worlds, with the test or the world of each."""

    def __init__(self, findings: list[dict[str, Any]], calls: int, dropped: int) -> None:
        self.findings = findings
        self.calls = calls
        self.dropped = dropped

    @classmethod
    def of_worlds(cls, found: Iterable[Conduct]) -> "ConductReport":
        """The findings of several worlds together."""
        worlds = [*found]
        findings = [{"test": one.label or one.world, **finding} for one in worlds for finding in one]
        return cls(findings, sum(one.exchanges for one in worlds), sum(one.dropped for one in worlds))

    def as_json(self) -> dict[str, Any]:
        """`{calls, dropped, findings}`."""
        return {"calls": self.calls, "dropped": self.dropped, "findings": self.findings}

    def write(self, file: Path) -> None:
        """Writes it as JSON, or as a page if the file ends in .html. Raises `OSError`."""
        text = (
            self.as_page()
            if file.suffix == ".html"
            else json.dumps({**report_facts(), **self.as_json()}, indent=2, ensure_ascii=False)
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def as_page(self) -> str:
        """A self-contained HTML page."""
        groups = self._by_rule()
        graves = sum(same[0]["severity"] != "info" for same in groups)
        count = len(groups) or "no"
        verdict = f"{count} {'finding' if count == 1 else 'findings'} in {self.calls} calls"
        values = {"report": self, "groups": groups, "graves": graves, "verdict": verdict}
        return render(_TEMPLATE, title="Conduct of the clients", facts=report_facts(), **values)

    def lines(self) -> Iterator[str]:
        """Each finding once, with the number of its tests."""
        for same in self._by_rule():
            yield format_finding(same[0])  # type: ignore[arg-type]  # with the test besides
            more = f" and {len(same) - 1} more" if same[1:] else ""
            yield f"  in:  {same[0]['test']}{more}"
        if not self.findings:
            yield f"no findings in {self.calls} calls"

    def _by_rule(self) -> list[list[dict[str, Any]]]:
        """The findings by what they have in common: rule, vendor and operation."""
        found: dict[tuple[str, str, str | None], list[dict[str, Any]]] = {}
        for finding in self.findings:
            found.setdefault((finding["rule"], finding["vendor"], finding["operation"]), []).append(finding)
        return list(found.values())

    def failures(self, option: str, remedy: str) -> Iterator[str]:
        """A message for each reason to fail; `option` leaves out a rule, `remedy` is for dropped calls."""
        count = sum(finding["severity"] != "info" for finding in self.findings)
        if count:
            what = "1 finding" if count == 1 else f"{count} findings"
            yield f"{what} on the conduct of clients; fix the client, or leave a rule out with {option}"
        if self.dropped:
            yield f"the conduct report is incomplete: journals have dropped {self.dropped} calls; {remedy}"
