"""Validates calls and replies against an operation of a contract."""

from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import parse_qs, parse_qsl, unquote_plus

from mockserver.call import NOTHING, Call
from mockserver.contract.form_body import read_form
from mockserver.contract.json_body import read_json
from mockserver.contract.name_case import fold_members, fold_query
from mockserver.contract.operation import (
    BodySpec,
    Operation,
    Parameter,
    ReplySpec,
    is_form,
    is_json,
    read_text,
)
from mockserver.contract.parameter_leniency import fold_names
from mockserver.contract.schema import Schema
from mockserver.contract.xml_body import is_xml, read_xml
from mockserver.formats.json_pointer import format_pointer
from mockserver.formats.suggestions import suggest


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation of the contract by a call or a reply.

    `location` is path, query, header, cookie, body or status. `pointer` is a JSON pointer that starts, for a
    parameter, with its name (`/limit`). `keyword` is the violated schema keyword, `rule` the subschema that
    contains it, if known.
    """

    location: str
    pointer: str
    keyword: str
    message: str
    value: Any = None
    rule: Any = field(default=None, compare=False, repr=False)

    @property
    def field(self) -> str:
        """The name of the invalid parameter or member ("" for the body as a whole)."""
        return self.pointer.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.location}{self.pointer}: {self.message}"


@dataclass(frozen=True, slots=True)
class UnknownProperty:
    """A parameter or member that the contract does not describe, and the most similar one that it does.

    `location` is query or body; `pointer` is as in a violation.
    """

    location: str
    pointer: str
    nearest: str | None


class ValidationResult(NamedTuple):
    """The result of validating a call: the typed parameters and body, and the violations, if any.

    `condition` is None, media_type_unsupported, body_malformed, body_missing or call_invalid; `problem` is
    the `x-problem` of the parameter or body with the first violation.
    """

    params: Mapping[str, Any]
    body: Any = None
    condition: str | None = None
    violations: tuple[Violation, ...] = ()
    problem: str | None = None
    unknown_properties: tuple[UnknownProperty, ...] = ()


_NO_PARAMS: Mapping[str, Any] = {}
_MAX_UNKNOWN: Final = 20  # as many unknown query parameters are reported as unknown members


class DecodeBody(Protocol):
    """A vendor's own reading of parsed bodies."""

    def __call__(self, operation: Operation, body: Any) -> tuple[Any, list[Violation]]:
        """The body for the schema, and what the vendor's decoder rejects although the schema allows it."""


DecodeText = Callable[[bytes], bytes]
"""A vendor's own reading of bytes: JSON in UTF-8, of a body that is not as it was sent."""


def validate_call(
    operation: Operation,
    call: Call,
    assumed: str | None = None,
    ignore_case: bool = False,
    decode: DecodeBody | None = None,
    decode_text: DecodeText | None = None,
) -> ValidationResult:
    """Validates a call. Never raises for input that a caller can send.

    `assumed` is the media type of a body without `Content-Type`. With `ignore_case`, the names of query
    parameters and of the body's members fit in any letter case. `decode_text` reads a body that is not JSON
    as it was sent, `decode` a body that was parsed.
    """
    params: Mapping[str, Any] = _NO_PARAMS
    violations: list[Violation] = []
    problem: str | None = None
    unknown: tuple[UnknownProperty, ...] = ()
    if not call.query and operation.defaults is not None:
        params = operation.defaults
    else:
        params, violations, problem, unknown = _check_parameters(operation, call, ignore_case)
    body, schema, condition, wrong = _read_body(operation, call, assumed or "", decode_text)
    if schema is not None:
        if ignore_case and schema.unknown_properties(body):
            body = fold_members(body, schema.schema, schema.components)
        if decode is not None:
            body, wrong = decode(operation, body)
        if not wrong and not schema.is_valid(body):
            body = _coerced(operation.body, schema, body)
        if not wrong and not schema.is_valid(body):
            wrong = [
                Violation("body", one.pointer, one.keyword, one.message, one.value, one.rule)
                for one in schema.violations(body)
            ]
        members = schema.unknown_properties(body)
        if members:
            unknown += tuple(UnknownProperty("body", *member) for member in members)
    if wrong and problem is None and not violations and operation.body:
        problem = operation.body.problem
    violations += wrong
    if condition is None and violations:
        condition = "call_invalid"
    return ValidationResult(params, body, condition, tuple(violations), problem, unknown)


def validate_path(operation: Operation, call: Call) -> ValidationResult:
    """Validates the parameters in the path of a call, and nothing else."""
    texts, params = operation.path_texts(call.route or call.path), dict[str, Any]()
    for parameter in operation.parameters:
        if parameter.location == "path":
            wrong = _check_parameter(parameter, [texts[parameter.name]], params)
            if wrong:
                return ValidationResult(params, None, "call_invalid", tuple(wrong), parameter.problem)
    return ValidationResult(params)


def _check_parameters(
    operation: Operation, call: Call, ignore_case: bool
) -> tuple[dict[str, Any], list[Violation], str | None, tuple[UnknownProperty, ...]]:
    query: dict[str, list[str]] = {}
    if call.query and ignore_case:
        query = fold_query(parse_qsl(call.query, keep_blank_values=True, errors="replace"), operation)
    elif call.query:
        query = parse_qs(call.query, keep_blank_values=True, errors="replace")
    sent = _sent(operation, call, query)
    params: dict[str, Any] = {}
    violations: list[Violation] = []
    problem: str | None = None
    for parameter in operation.parameters:
        texts = sent[parameter.location].get(parameter.lookup)
        wrong = _check_parameter(parameter, texts, params)
        if wrong and not violations:
            problem = parameter.problem
        violations += wrong
    unknown = _unknown_parameters(operation, query) if query else ()
    return params, violations, problem, unknown


def _is_known(operation: Operation, name: str) -> bool:
    return (name.lower() if operation.folds_query_names else name) in operation.query_lookups


def _unknown_parameters(operation: Operation, query: Iterable[str]) -> tuple[UnknownProperty, ...]:
    names = islice((name for name in query if not _is_known(operation, name)), _MAX_UNKNOWN)
    known = operation.query_names
    return tuple([UnknownProperty("query", format_pointer([name]), suggest(name, known)) for name in names])


def _check_parameter(
    parameter: Parameter, texts: list[str] | None, params: dict[str, Any]
) -> list[Violation]:
    where = f"/{parameter.name}"
    if texts is None:
        if parameter.required:
            return [Violation(parameter.location, where, "required", f"{parameter.name} is required")]
        if parameter.default is not None:
            params[parameter.name] = parameter.default
        return []
    value = params[parameter.name] = parameter.read(texts)
    if parameter.schema.is_valid(value):
        return []
    return [
        Violation(parameter.location, where + one.pointer, one.keyword, one.message, one.value, one.rule)
        for one in parameter.schema.violations(value)
    ]


def _sent(operation: Operation, call: Call, query: dict[str, list[str]]) -> dict[str, dict[str, list[str]]]:
    sent = {"query": fold_names(query) if operation.folds_query_names else query}
    if "path" in operation.parameter_locations:
        sent["path"] = {name: [text] for name, text in operation.path_texts(call.route or call.path).items()}
    if "header" in operation.parameter_locations:
        sent["header"] = {name: [text] for name, text in call.headers.items()}
    if "cookie" in operation.parameter_locations:
        sent["cookie"] = _cookies(call.headers.get("cookie", ""))
    return sent


def _cookies(header: str) -> dict[str, list[str]]:
    cookies: dict[str, list[str]] = {}
    for pair in header.split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            cookies.setdefault(name, []).append(unquote_plus(value))
    return cookies


def _read_body(
    operation: Operation, call: Call, assumed: str, decode_text: DecodeText | None
) -> tuple[Any, Schema | None, str | None, list[Violation]]:
    """The parsed body, the schema that it must fit (if it is JSON), the condition and the violations."""
    spec = operation.body
    if spec is None:
        return None, None, None, []
    if not call.raw:
        missing = [_body_violation("required", "a body is required")] if spec.required else []
        return None, None, "body_missing" if missing else None, missing
    content_type = call.headers.get("content-type") or assumed
    media_type = content_type.partition(";")[0].strip().lower()
    schema = spec.schema_for(media_type)
    if schema is None:
        if "media_type_unsupported" in operation.conditions or spec.json_schema is None:
            sent = media_type or "no media type"
            wrong = _body_violation("content", f"{sent} is not one of {', '.join(spec.contents)}")
            return None, None, "media_type_unsupported", [wrong]
        schema, media_type = spec.json_schema, "application/json"
    # A type that only */* accepts is bytes, whatever they are.
    read = _reader(schema, media_type, content_type, spec) if media_type in spec.contents else None
    if read is None:
        return None, None, None, []
    skips_mark = spec.coercion is not None and spec.coercion.byte_order_mark
    raw = call.raw.removeprefix(BOM_UTF8) if skips_mark else call.raw
    try:
        return read(raw), schema, None, []
    except ValueError as error:
        if decode_text is not None and read is read_json:
            with suppress(ValueError):
                return read_json(decode_text(raw)), schema, None, []
        keyword = "json" if is_json(media_type) else "xml" if is_xml(media_type) else "form"
        return None, None, "body_malformed", [_body_violation(keyword, str(error))]


def _reader(
    schema: Schema, media_type: str, content_type: str, spec: BodySpec
) -> Callable[[bytes], Any] | None:
    """The function that parses a body; None if the contract describes it as bytes."""
    if is_json(media_type):
        return read_json
    if schema.schema in (True, {}):
        return None
    if is_xml(media_type):
        return lambda raw: read_xml(raw, schema.schema, schema.components, read_text)
    if spec.reads_forms and is_form(media_type):
        return lambda raw: read_form(raw, content_type, schema.schema, schema.components, read_text)
    return None


def _coerced(spec: BodySpec | None, schema: Schema, body: Any) -> Any:
    coercion = spec.coercion if spec else None
    return coercion.apply(body, schema.place) if coercion else body


def _body_violation(keyword: str, message: str) -> Violation:
    return Violation("body", "", keyword, message)


def validate_reply(
    replies: Mapping[str, ReplySpec],
    status: int,
    headers: Mapping[str, str],
    body: Any,
    encoded: bytes | None = None,
) -> list[Violation]:
    """The violations of a reply: an undeclared status, an invalid body or an invalid header.

    `encoded` is the body as JSON, if the caller has it; bodies found valid before are not validated again.
    """
    return spec_violations(find_reply_spec(replies, status), status, headers, body, encoded)


def spec_violations(
    spec: ReplySpec | None, status: int, headers: Mapping[str, str], body: Any, encoded: bytes | None = None
) -> list[Violation]:
    """As `validate_reply`, with the declared reply for the status; None if there is none."""
    if spec is None:
        return [Violation("status", "", "responses", f"status {status} is not declared", status)]
    violations = header_violations(spec, headers) if spec.headers else []
    if spec.schema is None:
        if body is not NOTHING:
            violations.append(Violation("body", "", "content", "the contract declares no body", body))
    elif body is NOTHING:
        violations.append(Violation("body", "", "content", "the contract declares a body"))
    elif not isinstance(body, bytes) and not spec.schema.is_valid(body, encoded):  # bytes fit any schema
        violations += [
            Violation("body", one.pointer, one.keyword, one.message, one.value, one.rule)
            for one in spec.schema.violations(body)
        ]
    return violations


def find_reply_spec(replies: Mapping[str, ReplySpec], status: int) -> ReplySpec | None:
    """The declared reply for a status: exact, by class (`4XX`) or `default`."""
    return replies.get(str(status)) or replies.get(f"{status // 100}XX") or replies.get("default")


def header_violations(spec: ReplySpec, headers: Mapping[str, str]) -> list[Violation]:
    """The missing and the invalid headers of a reply."""
    if headers == spec.fixed_headers and not spec.needs_other_headers:
        return []
    sent = {name.lower(): text for name, text in headers.items()}
    violations = []
    for name, header in spec.headers.items():
        text = sent.get(name)
        if text is None:
            if header.required:
                violations.append(Violation("header", f"/{name}", "required", f"{name} is missing"))
        elif text is not header.fixed_value and not header.is_valid(text):
            violations.append(Violation("header", f"/{name}", "schema", f"{name} does not fit", text))
    return violations
