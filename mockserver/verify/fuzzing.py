"""Fuzzing with Schemathesis."""

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
from mockserver.verify.authentication import Authenticator
from mockserver.verify.finding import Finding
from mockserver.verify.http_client import HttpClient, Request, Response

SETTINGS_FILE: Final = "fuzz.toml"
_TIMEOUT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class FuzzOptions:
    """Examples per operation, seed, maximum calls per second, and whether write operations are allowed."""

    examples: int = 10
    seed: int = 4700
    calls_per_second: float | None = None
    writes: bool = True


@dataclass(frozen=True, slots=True)
class FuzzResult:
    """Result of one operation in one phase of Schemathesis."""

    phase: str
    operation: str
    status: str
    findings: tuple[Finding, ...] = ()
    exchanges: tuple[tuple[str, Request, Response], ...] = ()


def fuzz(
    vendor: str,
    contract: Contract,
    url: str,
    authenticator: Authenticator,
    client: HttpClient,
    options: FuzzOptions,
) -> Iterator[FuzzResult]:
    """Yields the result of each operation and phase when it is done. Raises `AuthenticationError`."""
    document = {**contract.document.root, "servers": [{"url": url}]}
    schema: Any = schemathesis.openapi.from_dict(
        document, config=_config(vendor, contract, url, authenticator, client, options)
    )
    if authenticator.requires_signature:
        schema.auth.set_from_requests(_Signer(authenticator))
    if not options.writes:
        writing = [one.id for one in contract.operations.values() if not one.is_read_only]
        schema = schema.exclude(operation_id=writing) if writing else schema
    labels = {f"{one.method} {one.path}": one.id for one in contract.operations.values()}
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished) and event.status is not Status.SKIP:
            yield _result(event, labels)
        elif isinstance(event, events.NonFatalError):
            yield _error_result(str(event.phase or "start"), labels.get(event.label), event.value)
        elif isinstance(event, events.FatalError):
            yield _error_result("start", None, event.exception)


class _Signer(requests.auth.AuthBase):
    """Signs each request just before it is sent, when its URL is final."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    def __call__(self, call: requests.PreparedRequest) -> requests.PreparedRequest:
        call.headers.update(self._authenticator.sign(call.method or "GET", call.url or ""))
        return call


def _config(
    vendor: str,
    contract: Contract,
    url: str,
    authenticator: Authenticator,
    client: HttpClient,
    options: FuzzOptions,
) -> SchemathesisConfig:
    settings = contracts() / vendor / SETTINGS_FILE
    configured = tomllib.loads(settings.read_text(encoding="utf-8")) if settings.is_file() else {}
    data: dict[str, Any] = {
        **configured,
        "seed": options.seed,
        "base-url": url,
        "headers": authenticator.headers,
        "request-timeout": _TIMEOUT_SECONDS,
        "max-redirects": 0,  # do not let a service send our credentials to another host
        "generation": {
            **configured.get("generation", {}),
            "max-examples": options.examples,
            "database": "none",
        },
    }
    sessions = authenticator.session_cookies(client)
    if sessions:
        data["auth"] = {"openapi": {name: {"api_key": value} for name, value in sessions.items()}}
    if options.calls_per_second:
        data["rate-limit"] = (
            f"{max(1, round(options.calls_per_second * 60))}/m"
            if options.calls_per_second < 1
            else f"{round(options.calls_per_second)}/s"
        )
    if not options.writes:
        data["phases"] = _read_only_phases(configured.get("phases", {}))
    return SchemathesisConfig.from_dict(data)


def _read_only_phases(phases: Mapping[str, Any]) -> dict[str, Any]:
    """The phases without undeclared methods and without stateful chains, which start with a creation."""
    coverage = {**phases.get("coverage", {}), "unexpected-methods": []}
    return {**phases, "coverage": coverage, "stateful": {"enabled": False}}


def _result(event: events.ScenarioFinished, labels: Mapping[str, str]) -> FuzzResult:
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
    return FuzzResult(phase, operation, event.status.value, tuple(found.values()), exchanges)


def _label(recorder: ScenarioRecorder, case: str) -> str:
    node = recorder.cases.get(case)
    return str(node.value.operation.label) if node else recorder.label


def _exchanges(
    recorder: ScenarioRecorder, labels: Mapping[str, str]
) -> Iterator[tuple[str, Request, Response]]:
    for case, interaction in recorder.interactions.items():
        operation = labels.get(_label(recorder, case))
        if interaction.response is None or operation is None:
            continue
        request = Request(
            interaction.request.method,
            interaction.request.uri,
            _join_values(interaction.request.headers),
            interaction.request.body,
        )
        headers = {name.lower(): ", ".join(texts) for name, texts in interaction.response.headers.items()}
        # Responses to methods that the operation does not have are not responses of the operation.
        if interaction.request.method.upper() == _method(recorder, case):
            yield (
                operation,
                request,
                Response(interaction.response.status_code, headers, interaction.response.content or b""),
            )


def _method(recorder: ScenarioRecorder, case: str) -> str:
    return str(recorder.cases[case].value.operation.method).upper()


def _join_values(headers: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: ", ".join(texts) for name, texts in headers.items()}


def _error_result(phase: str, operation: str | None, error: Exception) -> FuzzResult:
    words = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    finding = Finding("fuzz", "error", operation, phase, words)
    return FuzzResult(phase, operation or "-", "error", (finding,))
