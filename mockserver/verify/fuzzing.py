"""An outside judge with its own imagination: Schemathesis, driven through its engine."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from mockserver.contract.contract import Contract
from mockserver.paths import contracts
from mockserver.verify.authentication import Access
from mockserver.verify.finding import Finding
from mockserver.verify.http_client import Came, Sent, Wire

SETTINGS: Final = "fuzz.toml"
_TERM: Final = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is tried: examples of each operation, seed, calls a second, and whether it may write."""

    examples: int = 10
    seed: int = 4700
    rate: float | None = None
    writes: bool = True


@dataclass(frozen=True, slots=True)
class Tried:
    """One operation in one phase of the judge: how it went, what was found, and what was said."""

    phase: str
    operation: str
    verdict: str
    findings: tuple[Finding, ...] = ()
    exchanges: tuple[tuple[str, Sent, Came], ...] = ()


def fuzz(
    vendor: str, contract: Contract, url: str, access: Access, wire: Wire, plan: Plan
) -> Iterator[Tried]:
    """Everything that the judge tried, as it goes. Raises `AuthenticationError`."""
    document = {**contract.document.root, "servers": [{"url": url}]}
    schema: Any = schemathesis.openapi.from_dict(
        document, config=_config(vendor, contract, url, access, wire, plan)
    )
    if access.signs:
        schema.auth.set_from_requests(_Signer(access))
    if not plan.writes:
        writing = [one.id for one in contract.operations.values() if not one.is_read_only]
        schema = schema.exclude(operation_id=writing) if writing else schema
    labels = {f"{one.method} {one.path}": one.id for one in contract.operations.values()}
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished) and event.status is not Status.SKIP:
            yield _tried(event, labels)
        elif isinstance(event, events.NonFatalError):
            yield _broken(str(event.phase or "start"), labels.get(event.label), event.value)
        elif isinstance(event, events.FatalError):
            yield _broken("start", None, event.exception)


class _Signer(requests.auth.AuthBase):
    """Signs each call as it goes out, when its URL is known."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def __call__(self, call: requests.PreparedRequest) -> requests.PreparedRequest:
        call.headers.update(self._access.sign(call.method or "GET", call.url or ""))
        return call


def _config(
    vendor: str, contract: Contract, url: str, access: Access, wire: Wire, plan: Plan
) -> SchemathesisConfig:
    settings = contracts() / vendor / SETTINGS
    written = tomllib.loads(settings.read_text(encoding="utf-8")) if settings.is_file() else {}
    data: dict[str, Any] = {
        **written,
        "seed": plan.seed,
        "base-url": url,
        "headers": access.headers,
        "request-timeout": _TERM,
        "max-redirects": 0,  # a live service may not send our calls, and their credentials, elsewhere
        "generation": {**written.get("generation", {}), "max-examples": plan.examples, "database": "none"},
    }
    sessions = access.sessions(wire)
    if sessions:
        data["auth"] = {"openapi": {name: {"api_key": value} for name, value in sessions.items()}}
    if plan.rate:
        data["rate-limit"] = (
            f"{max(1, round(plan.rate * 60))}/m" if plan.rate < 1 else f"{round(plan.rate)}/s"
        )
    if not plan.writes:
        data["phases"] = _reading(written.get("phases", {}))
    return SchemathesisConfig.from_dict(data)


def _reading(phases: Mapping[str, Any]) -> dict[str, Any]:
    """No method but those that were asked for, and no chains of calls: they begin with something made."""
    coverage = {**phases.get("coverage", {}), "unexpected-methods": []}
    return {**phases, "coverage": coverage, "stateful": {"enabled": False}}


def _tried(event: events.ScenarioFinished, labels: Mapping[str, str]) -> Tried:
    recorder = event.recorder
    phase = str(event.phase.value)
    found: dict[str, Finding] = {}
    for case, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                operation = labels.get(_label(recorder, case))
                message = " ".join(f"{failure.title}. {failure.message}".split())[:500]
                one = Finding("fuzz", check.name, operation, failure.title, message)
                found.setdefault(one.key, one)
    operation = labels.get(recorder.label, recorder.label)
    exchanges = tuple(_exchanges(recorder, labels))
    return Tried(phase, operation, event.status.value, tuple(found.values()), exchanges)


def _label(recorder: ScenarioRecorder, case: str) -> str:
    node = recorder.cases.get(case)
    return str(node.value.operation.label) if node else recorder.label


def _exchanges(recorder: ScenarioRecorder, labels: Mapping[str, str]) -> Iterator[tuple[str, Sent, Came]]:
    for case, said in recorder.interactions.items():
        operation = labels.get(_label(recorder, case))
        if said.response is None or operation is None:
            continue
        sent = Sent(said.request.method, said.request.uri, _first(said.request.headers), said.request.body)
        headers = {name.lower(): ", ".join(texts) for name, texts in said.response.headers.items()}
        # A method that the operation does not have was tried on its path: that reply is not the operation's.
        if said.request.method.upper() == _method(recorder, case):
            yield operation, sent, Came(said.response.status_code, headers, said.response.content or b"")


def _method(recorder: ScenarioRecorder, case: str) -> str:
    return str(recorder.cases[case].value.operation.method).upper()


def _first(headers: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: ", ".join(texts) for name, texts in headers.items()}


def _broken(phase: str, operation: str | None, error: Exception) -> Tried:
    words = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    finding = Finding("fuzz", "error", operation, phase, words)
    return Tried(phase, operation or "-", "error", (finding,))
