"""Validates an HTTP response against the contract: status, media type, headers, schema, problem."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.call import NOTHING
from mockserver.contract.contract import UnroutedSpec
from mockserver.contract.operation import Operation, ReplySpec, is_json
from mockserver.contract.problem import ProblemSpec
from mockserver.contract.validation import find_reply_spec, validate_reply
from mockserver.formats.json_pointer import format_pointer, json_equal
from mockserver.verify.http_client import Response

_CHECKS: Final = {"status": "status", "header": "headers", "body": "schema"}
_INDEX: Final = re.compile(r"/(\d+)(?=/|$)")


class ReplyViolation(NamedTuple):
    """One violation of the contract by a response: the check, the JSON pointer, the message."""

    check: str
    pointer: str
    message: str


def validate_response(
    operation: Operation | UnroutedSpec, response: Response, *, check_problems: bool = True
) -> list[ReplyViolation]:
    """Every violation; with `check_problems`, an error response must also match a declared problem."""
    spec = find_reply_spec(operation.replies, response.status)
    if spec is None:
        return [ReplyViolation("status", "", f"status {response.status} is not declared")]
    wrong_type = _content_type(spec, response)
    if wrong_type:
        return [wrong_type]
    if spec.alternative_media_types and response.media_type in spec.alternative_media_types:
        return []
    found = [
        ReplyViolation(_CHECKS[one.location], one.pointer, one.message)
        for one in validate_reply(operation.replies, response.status, response.headers, response.body)
    ]
    if check_problems and not found and response.status >= 400 and is_json(response.media_type):
        found += _undeclared_problem(operation.problems, response)
    return found


def generalize_pointer(pointer: str) -> str:
    """The pointer with `*` for every list index: `/people/3/email` becomes `/people/*/email`."""
    return _INDEX.sub("/*", pointer)


def _content_type(spec: ReplySpec, response: Response) -> ReplyViolation | None:
    if spec.media_type is None or response.body is NOTHING:
        return None  # whether a body is allowed at all is checked by the schema
    media_type = response.media_type
    if media_type not in (spec.media_type, *spec.alternative_media_types):
        actual = media_type or "no media type"
        return ReplyViolation("content type", "", f"{actual} instead of the declared {spec.media_type}")
    unparsed = isinstance(response.body, str) and not response.content.lstrip().startswith(b'"')
    if is_json(media_type) and unparsed:
        return ReplyViolation("content type", "", f"the body is declared as {media_type} but is not JSON")
    return None


def _undeclared_problem(problems: Mapping[str, ProblemSpec], response: Response) -> Iterator[ReplyViolation]:
    declared = [one for one in problems.values() if one.status == response.status]
    if declared and not any(matches_problem(one, response.body) for one in declared):
        names = ", ".join(one.name for one in declared)
        body = response.content[:200].decode("utf-8", "replace").strip()
        yield ReplyViolation("problem", "", f"{body} does not match any of {names}")


def matched_problem(operation: Operation | UnroutedSpec, response: Response) -> str | None:
    """The name of the first declared problem that an error response matches."""
    for one in operation.problems.values():
        if one.status == response.status and matches_problem(one, response.body):
            return one.name
    return None


def matches_problem(problem: ProblemSpec, body: Any) -> bool:
    """Whether the body equals the problem's, except for the parts that `x-fill` declares as variable."""
    return _matches(problem.value, body, problem.fill, [])


def _matches(expected: Any, actual: Any, fill: Mapping[str, str], path: list[str | int]) -> bool:
    template = fill.get(format_pointer(path))
    if template is not None:
        return _matches_template(template, actual)
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and _matches(member, actual[name], fill, [*path, name])
            for name, member in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(
                _matches(*pair, fill, [*path, index])
                for index, pair in enumerate(zip(expected, actual, strict=True))
            )
        )
    return json_equal(expected, actual)


def _matches_template(template: str, actual: Any) -> bool:
    parts = re.split(r"(\{\w+\})", template)
    if len(parts) == 3 and not parts[0] and not parts[2]:
        return True
    pattern = "".join(".*" if part.startswith("{") else re.escape(part) for part in parts)
    return isinstance(actual, str) and re.fullmatch(pattern, actual, re.DOTALL) is not None
