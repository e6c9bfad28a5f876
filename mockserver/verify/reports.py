"""A verification as a file: JUnit XML, JSON, HTML or HAR. No credential stands in any of them."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import quoteattr

from mockserver.contract.contract import Contract
from mockserver.verify.drift import drift
from mockserver.verify.result import Case, Exchange, Outcome
from mockserver.verify.table import table

_HIDDEN: Final = "…"
_UNFIT_FOR_XML: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32)], "?")
_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;max-width:70rem}table{border-collapse:collapse}"
    "td,th{border:1px solid #ccc;padding:.25rem .6rem;text-align:left;vertical-align:top}"
    ".new{background:#fdd}.accepted{background:#ffd}pre{overflow:auto}"
)


def _junit(contract: Contract, outcome: Outcome, secrets: Iterable[str]) -> str:
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<testsuites>"]
    for phase in dict.fromkeys(case.phase for case in outcome.cases):
        cases = [case for case in outcome.cases if case.phase == phase]
        failed = sum(1 for case in cases if _news(outcome, case))
        skipped = sum(1 for case in cases if case.skipped is not None)
        seconds = sum(case.seconds for case in cases)
        lines.append(
            f"<testsuite name={_attribute(f'{outcome.vendor} {phase}')} tests='{len(cases)}' "
            f"failures='{failed}' skipped='{skipped}' errors='0' time='{seconds:.3f}'>"
        )
        for case in cases:
            lines += _junit_case(outcome, case)
        lines.append("</testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _junit_case(outcome: Outcome, case: Case) -> list[str]:
    name = f"<testcase classname={_attribute(f'{outcome.vendor}.{case.phase}')} name={_attribute(case.name)}"
    inside = [f"<failure message={_attribute(str(one))}/>" for one in _news(outcome, case)]
    if case.skipped is not None:
        inside.append(f"<skipped message={_attribute(case.skipped)}/>")
    return [f"{name} time='{case.seconds:.3f}'>", *inside, "</testcase>"]


def _attribute(text: str) -> str:
    return quoteattr(text.translate(_UNFIT_FOR_XML))


def _news(outcome: Outcome, case: Case) -> list[Any]:
    return [one for one in case.findings if one.key not in outcome.accepted]


def _json(contract: Contract, outcome: Outcome, secrets: Iterable[str]) -> str:
    report = {
        "vendor": outcome.vendor,
        "url": outcome.url,
        "findings": [one.as_json() | {"new": one.key not in outcome.accepted} for one in outcome.findings],
        "gone": outcome.gone,
        "drift": [one.as_json() for one in drift(contract, outcome.exchanges)],
        "cases": [
            {
                "phase": case.phase,
                "name": case.name,
                "seconds": round(case.seconds, 3),
                "calls": len(case.exchanges),
                "findings": [one.key for one in case.findings],
                "skipped": case.skipped,
            }
            for case in outcome.cases
        ],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _html(contract: Contract, outcome: Outcome, secrets: Iterable[str]) -> str:
    rows = "".join(
        f"<tr class={'new' if one.key not in outcome.accepted else 'accepted'}><td>{escape(one.phase)}"
        f"<td>{escape(one.check)}<td>{escape(one.operation or '')}<td>{escape(one.place)}"
        f"<td>{escape(one.pointer)}<td>{escape(one.message)}</tr>\n"
        for one in outcome.findings
    )
    skipped = "".join(
        f"<li>{escape(case.phase)} {escape(case.name)}: {escape(case.skipped)}</li>\n"
        for case in outcome.cases
        if case.skipped is not None
    )
    title = escape(f"{outcome.vendor} at {outcome.url}")
    heads = "".join(f"<th>{head}" for head in ("phase", "check", "operation", "place", "pointer", "what"))
    return (
        f"<!doctype html>\n<html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>\n"
        f"<h1>{title}</h1>\n<p>{len(outcome.news)} new, {len(outcome.findings)} found in all</p>\n"
        f"<table><tr>{heads}</tr>\n{rows}</table>\n"
        f"<h2>Operations</h2>\n<pre>{escape(chr(10).join(table(contract, outcome)))}</pre>\n"
        f"<h2>Not tried</h2>\n<ul>{skipped}</ul></html>\n"
    )


def _har(contract: Contract, outcome: Outcome, secrets: Iterable[str]) -> str:
    hidden = [one for one in secrets if one]
    entries = [_entry(contract, exchange) for exchange in outcome.exchanges]
    log = {"version": "1.2", "creator": {"name": "mockserver verify", "version": "1"}, "entries": entries}
    text = json.dumps({"log": log}, indent=1, ensure_ascii=False)
    for secret in hidden:
        text = text.replace(json.dumps(secret, ensure_ascii=False)[1:-1], _HIDDEN)
    return text + "\n"


def _entry(contract: Contract, exchange: Exchange) -> dict[str, Any]:
    sent, came = exchange.sent, exchange.came
    milliseconds = round(came.seconds * 1000, 3)
    request: dict[str, Any] = {
        "method": sent.method,
        "url": sent.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(contract, sent.headers),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(urlsplit(sent.url).query, keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": len(sent.body or b""),
    }
    if sent.body is not None:
        kind = next((text for name, text in sent.headers.items() if name.lower() == "content-type"), "")
        told = contract.redaction.body(sent.body, kind)
        request["postData"] = {"mimeType": kind, "text": told.decode("utf-8", "replace")}
    content = {
        "size": len(came.raw),
        "mimeType": came.headers.get("content-type", ""),
        "text": contract.redaction.body(came.raw, came.media_type).decode("utf-8", "replace"),
    }
    return {
        "startedDateTime": datetime.fromtimestamp(came.at, UTC).isoformat(),
        "time": milliseconds,
        "request": request,
        "response": {
            "status": came.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(contract, came.headers),
            "content": content,
            "redirectURL": came.headers.get("location", ""),
            "headersSize": -1,
            "bodySize": len(came.raw),
        },
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }


def _headers(contract: Contract, headers: Mapping[str, str]) -> list[dict[str, str]]:
    told = contract.redaction.headers(headers)
    return [{"name": name, "value": text} for name, text in told.items()]


Writer = Callable[[Contract, Outcome, Iterable[str]], str]
FORMS: Final[Mapping[str, Writer]] = MappingProxyType(
    {"junit": _junit, "json": _json, "html": _html, "har": _har}
)
"""How a report is written, by the name of its form: from contract, outcome, and the texts to hide."""
