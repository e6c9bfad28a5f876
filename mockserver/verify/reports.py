"""Report writers: JUnit XML, JSON, HTML and HAR, all without credentials."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from types import MappingProxyType
from typing import Any, Final, TypedDict
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import quoteattr

from mockserver.contract.contract import Contract
from mockserver.formats.html_page import report_facts
from mockserver.verify.drift import DriftDict, find_drift
from mockserver.verify.finding import Finding, FindingDict
from mockserver.verify.report_page import report_page
from mockserver.verify.result import Case, HttpExchange, VerificationResult

_REDACTED: Final = "…"
_INVALID_IN_XML: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32)], "?")


def _junit(contract: Contract, result: VerificationResult, secrets: Iterable[str]) -> str:
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<testsuites>"]
    facts = _facts(result).items()
    properties = [f"<property name={_attribute(name)} value={_attribute(text)}/>" for name, text in facts]
    start = f"timestamp='{result.started:%Y-%m-%dT%H:%M:%S}'"
    for phase in dict.fromkeys(case.phase for case in result.cases):
        cases = [case for case in result.cases if case.phase == phase]
        failed = sum(1 for case in cases if _new_findings(result, case))
        skipped = sum(1 for case in cases if case.skipped is not None)
        errors = sum(1 for case in cases if case.obstacle is not None)
        seconds = sum(case.seconds for case in cases)
        lines.append(
            f"<testsuite name={_attribute(f'{result.vendor} {phase}')} tests='{len(cases)}' "
            f"failures='{failed}' skipped='{skipped}' errors='{errors}' time='{seconds:.3f}' {start}>"
        )
        lines += ["<properties>", *properties, "</properties>"]
        for case in cases:
            lines += _junit_case(result, case)
        lines.append("</testsuite>")
    return "\n".join([*lines, *_junit_drift(contract, result, start), "</testsuites>"]) + "\n"


def _junit_drift(contract: Contract, result: VerificationResult, start: str) -> list[str]:
    """A suite without tests: drift is what the findings amount to, not something else that fails."""
    drift = [escape(str(one).translate(_INVALID_IN_XML)) for one in find_drift(contract, result.exchanges)]
    if not drift:
        return []
    counts = "tests='0' failures='0' errors='0' time='0'"
    head = f"<testsuite name={_attribute(f'{result.vendor} drift')} {counts} {start}>"
    return [head, "<system-out>", *drift, "</system-out>", "</testsuite>"]


def _facts(result: VerificationResult) -> dict[str, str]:
    """The facts by which a report is understood and repeated, by name."""
    sides = dict(zip("ab", result.sides, strict=True)) if result.sides else {"target": result.url}
    seed = {} if result.seed is None else {"seed": str(result.seed)}
    return report_facts(result.started) | sides | seed


def _junit_case(result: VerificationResult, case: Case) -> list[str]:
    name = f"<testcase classname={_attribute(f'{result.vendor}.{case.phase}')} name={_attribute(case.name)}"
    inside = [f"<failure message={_attribute(str(one))}/>" for one in _new_findings(result, case)]
    if case.skipped is not None:
        inside.append(f"<skipped message={_attribute(case.skipped)}/>")
    if case.obstacle is not None:
        inside.append(f"<error message={_attribute(case.obstacle)}/>")
    return [f"{name} time='{case.seconds:.3f}'>", *inside, "</testcase>"]


def _attribute(text: str) -> str:
    return quoteattr(text.translate(_INVALID_IN_XML))


def _new_findings(result: VerificationResult, case: Case) -> list[Finding]:
    return [one for one in case.findings if one.key not in result.accepted]


class NewOrAccepted(FindingDict):
    """A finding as JSON, and whether it is new to the baseline."""

    new: bool


class CaseDict(TypedDict):
    """A case as JSON; `obstacle` is why it could not be carried out to its end."""

    phase: str
    name: str
    seconds: float
    calls: int
    findings: list[str]
    skipped: str | None
    obstacle: str | None


class Report(TypedDict):
    """A verification as JSON; `complete` is whether everything was carried out."""

    vendor: str
    url: str
    target: str
    date: str
    version: str
    seed: int | None
    complete: bool
    findings: list[NewOrAccepted]
    gone: list[str]
    drift: list[DriftDict]
    cases: list[CaseDict]


def report_document(contract: Contract, result: VerificationResult) -> Report:
    """The result as JSON."""
    facts = report_facts(result.started)
    return {
        "vendor": result.vendor,
        "url": result.url,
        "target": result.url,
        "date": facts["date"],
        "version": facts["version"],
        "seed": result.seed,
        "complete": not result.hindered,
        "findings": [{**one.to_dict(), "new": one.key not in result.accepted} for one in result.findings],
        "gone": result.stale_keys,
        "drift": [one.to_dict() for one in find_drift(contract, result.exchanges)],
        "cases": [
            {
                "phase": case.phase,
                "name": case.name,
                "seconds": round(case.seconds, 3),
                "calls": len(case.exchanges),
                "findings": [one.key for one in case.findings],
                "skipped": case.skipped,
                "obstacle": case.obstacle,
            }
            for case in result.cases
        ],
    }


def _json(contract: Contract, result: VerificationResult, secrets: Iterable[str]) -> str:
    return json.dumps(report_document(contract, result), indent=2, ensure_ascii=False) + "\n"


def _html(contract: Contract, result: VerificationResult, secrets: Iterable[str]) -> str:
    return report_page(contract, result, _facts(result))


def _har(contract: Contract, result: VerificationResult, secrets: Iterable[str]) -> str:
    hidden = [one for one in secrets if one]
    entries = [_entry(contract, exchange) for exchange in result.exchanges]
    log = {"version": "1.2", "creator": {"name": "mockserver verify", "version": "1"}, "entries": entries}
    text = json.dumps({"log": log}, indent=1, ensure_ascii=False)
    for secret in hidden:
        text = text.replace(json.dumps(secret, ensure_ascii=False)[1:-1], _REDACTED)
    return text + "\n"


def _entry(contract: Contract, exchange: HttpExchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    milliseconds = round(response.seconds * 1000, 3)
    har_request: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(contract, request.headers),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": len(request.body or b""),
    }
    if request.body is not None:
        kind = next((text for name, text in request.headers.items() if name.lower() == "content-type"), "")
        body = contract.redaction.body(request.body, kind)
        har_request["postData"] = {"mimeType": kind, "text": body.decode("utf-8", "replace")}
    content = {
        "size": len(response.content),
        "mimeType": response.headers.get("content-type", ""),
        "text": contract.redaction.body(response.content, response.media_type).decode("utf-8", "replace"),
    }
    return {
        "startedDateTime": datetime.fromtimestamp(response.sent_at, UTC).isoformat(),
        "time": milliseconds,
        "request": har_request,
        "response": {
            "status": response.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(contract, response.headers),
            "content": content,
            "redirectURL": response.headers.get("location", ""),
            "headersSize": -1,
            "bodySize": len(response.content),
        },
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }


def _headers(contract: Contract, headers: Mapping[str, str]) -> list[dict[str, str]]:
    redacted = contract.redaction.headers(headers)
    return [{"name": name, "value": text} for name, text in redacted.items()]


Writer = Callable[[Contract, VerificationResult, Iterable[str]], str]
FORMATS: Final[Mapping[str, Writer]] = MappingProxyType(
    {"junit": _junit, "json": _json, "html": _html, "har": _har}
)
"""Writers by format name; each takes the contract, the result and the secrets to redact."""
