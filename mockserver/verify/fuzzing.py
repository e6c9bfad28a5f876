"""Fuzzing with Schemathesis."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events
from schemathesis.engine.core import Engine
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.engine.run import Phase, PhaseName, PhaseSkipReason

from mockserver.contract.contract import Contract
from mockserver.contract.xml_body import is_xml
from mockserver.homes import find_home
from mockserver.verify.authentication import Authenticator
from mockserver.verify.finding import Finding
from mockserver.verify.fuzz_document import loosen_bodies
from mockserver.verify.fuzz_transport import BoundedAdapter, use_adapter
from mockserver.verify.http_client import HttpClient, Request, Response

SETTINGS_FILE: Final = "fuzz.toml"


@dataclass(frozen=True, slots=True)
class FuzzOptions:
    """Examples per operation, seed, and whether write operations are allowed."""

    examples: int = 10
    seed: int = 4700
    writes: bool = True


@dataclass(frozen=True, slots=True)
class FuzzResult:
    """Result of one operation in one phase of Schemathesis; `obstacle` is why it could not be carried out."""

    phase: str
    operation: str
    findings: tuple[Finding, ...] = ()
    exchanges: tuple[tuple[str, Request, Response], ...] = ()
    obstacle: str | None = None


class Fuzzer:
    """Fuzzes one vendor's service; every call goes through the client, within its limits and its rate."""

    def __init__(
        self,
        vendor: str,
        contract: Contract,
        url: str,
        authenticator: Authenticator,
        client: HttpClient,
        options: FuzzOptions,
    ) -> None:
        self._vendor = vendor
        self._contract = contract
        self._url = url
        self._authenticator = authenticator
        self._client = client
        self._options = options
        self._labels = {f"{one.method} {one.path}": one.id for one in contract.operations.values()}

    def run(self) -> Iterator[FuzzResult]:
        """Yields the result of each operation and phase when it is done, up to a call without a reply.

        Raises `AuthenticationError`.
        """
        adapter = BoundedAdapter(self._client)
        stream = _Engine(self._schema(adapter)).execute()
        for event in stream:
            if adapter.failure is not None:
                yield FuzzResult(*self._place(event), obstacle=adapter.failure)
                stream.stop()
                return
            if isinstance(event, events.ScenarioFinished) and event.status is not Status.SKIP:
                yield self._result(event)
            elif isinstance(event, events.NonFatalError):
                yield _error_result(*self._place(event), event.value)
            elif isinstance(event, events.FatalError):
                yield _error_result("start", "-", event.exception)

    def _schema(self, adapter: BoundedAdapter) -> Any:
        document = {**loosen_bodies(self._contract.document), "servers": [{"url": self._url}]}
        schema: Any = schemathesis.openapi.from_dict(document, config=self._config())
        use_adapter(schema, adapter)
        # Schemathesis would find out by a probe that many servers reject these.
        schema.adapt_to_null_byte_in_header_failure()
        if self._authenticator.requires_signature:
            schema.auth.set_from_requests(_Signer(self._authenticator))
        if not self._options.writes:
            writing = [one.id for one in self._contract.operations.values() if not one.is_read_only]
            schema = schema.exclude(operation_id=writing) if writing else schema
        return schema

    def _config(self) -> SchemathesisConfig:
        settings = find_home(self._vendor).contracts / SETTINGS_FILE
        configured = tomllib.loads(settings.read_text(encoding="utf-8")) if settings.is_file() else {}
        data: dict[str, Any] = {
            **configured,
            "seed": self._options.seed,
            "base-url": self._url,
            "headers": self._authenticator.headers,
            "max-redirects": 0,  # do not let a service send our credentials to another host
            "generation": {
                **configured.get("generation", {}),
                "max-examples": self._options.examples,
                "database": "none",
            },
        }
        sessions = self._authenticator.session_cookies(self._client)
        if sessions:
            data["auth"] = {"openapi": {name: {"api_key": value} for name, value in sessions.items()}}
        if not self._options.writes:
            data["phases"] = _read_only_phases(configured.get("phases", {}))
        return SchemathesisConfig.from_dict(data)

    def _place(self, event: events.EngineEvent) -> tuple[str, str]:
        """The phase and the operation of an event."""
        phase = getattr(event, "phase", None)
        phase = getattr(phase, "name", phase)
        recorder = getattr(event, "recorder", None)
        label = getattr(event, "label", None) or getattr(recorder, "label", None) or "-"
        return str(getattr(phase, "value", None) or phase or "start").lower(), self._labels.get(label, label)

    def _result(self, event: events.ScenarioFinished) -> FuzzResult:
        recorder = event.recorder
        found: dict[str, Finding] = {}
        for case, checks in recorder.checks.items():
            for check in checks:
                if check.failure_info is not None and not _is_untyped(recorder, case, check.name):
                    failure = check.failure_info.failure
                    operation = self._labels.get(_label(recorder, case))
                    message = " ".join(f"{failure.title}. {failure.message}".split())[:500]
                    one = Finding("fuzz", check.name, operation, failure.title, message)
                    found.setdefault(one.key, one)
        exchanges = tuple(_exchanges(recorder, self._labels))
        return FuzzResult(*self._place(event), tuple(found.values()), exchanges)


class _Engine(Engine):
    """The engine without its probes, whose replies would not be bounded."""

    def get_phase_config(self, phase_name: PhaseName, **options: Any) -> Phase:
        if phase_name is PhaseName.PROBING:
            return Phase(name=phase_name, is_enabled=False, skip_reason=PhaseSkipReason.DISABLED)
        return super().get_phase_config(phase_name, **options)


class _Signer(requests.auth.AuthBase):
    """Signs each request just before it is sent, when its URL is final."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    def __call__(self, call: requests.PreparedRequest) -> requests.PreparedRequest:
        call.headers.update(self._authenticator.sign(call.method or "GET", call.url or ""))
        return call


def _read_only_phases(phases: Mapping[str, Any]) -> dict[str, Any]:
    """The phases without undeclared methods and without stateful chains, which start with a creation."""
    coverage = {**phases.get("coverage", {}), "unexpected-methods": []}
    return {**phases, "coverage": coverage, "stateful": {"enabled": False}}


def _is_untyped(recorder: ScenarioRecorder, case: str, check: str) -> bool:
    """Whether a body of a wrong type was accepted in XML, where everything is text or elements."""
    node = recorder.cases.get(case)
    media_type = str(node.value.media_type or "") if node else ""
    return check == "negative_data_rejection" and is_xml(media_type)


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


def _error_result(phase: str, operation: str, error: Exception) -> FuzzResult:
    """An error of the fuzzer itself says nothing about the service."""
    words = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    return FuzzResult(phase, operation, obstacle=f"the fuzzer failed ({words}); pass --phase stories")
