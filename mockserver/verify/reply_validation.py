"""Holds a reply that came over the wire against what the contract promises."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mockserver.call import NOTHING
from mockserver.contract.contract import UnroutedSpec
from mockserver.contract.operation import Operation, ReplySpec, is_json
from mockserver.contract.problem import ProblemSpec
from mockserver.contract.validation import find_reply_spec, validate_reply
from mockserver.formats.json_pointer import format_pointer, json_equal
from mockserver.verify.http_client import Came

_CHECKS = {"status": "status", "header": "headers", "body": "schema"}
_GENERAL = re.compile(r"/(\d+)(?=/|$)")


class Verdict(NamedTuple):
    """One thing wrong with a reply: the check, the JSON pointer, and the words."""

    check: str
    pointer: str
    message: str


def judge(promised: Operation | UnroutedSpec, came: Came, *, refusals: bool = True) -> list[Verdict]:
    """Everything that the contract forbids in this reply; `refusals` must be declared problems, too."""
    spec = find_reply_spec(promised.replies, came.status)
    if spec is None:
        return [Verdict("status", "", f"status {came.status} is not declared")]
    wrong = _content_type(spec, came)
    if wrong:
        return [wrong]
    if spec.alternative_media_types and came.media_type in spec.alternative_media_types:
        return []
    found = [
        Verdict(_CHECKS[one.location], one.pointer, one.message)
        for one in validate_reply(promised.replies, came.status, came.headers, came.body)
    ]
    if refusals and not found and came.status >= 400 and is_json(came.media_type):
        found += _unspoken(promised.problems, came)
    return found


def general(pointer_: str) -> str:
    """A pointer that is the same for every item of a list: `/people/3/email` is `/people/*/email`."""
    return _GENERAL.sub("/*", pointer_)


def _content_type(spec: ReplySpec, came: Came) -> Verdict | None:
    if spec.media_type is None or came.body is NOTHING:
        return None  # whether there may be a body at all is the schema's check
    if came.media_type not in (spec.media_type, *spec.alternative_media_types):
        sent = came.media_type or "no media type"
        return Verdict("content type", "", f"{sent} came, and {spec.media_type} is declared")
    if is_json(came.media_type) and isinstance(came.body, str) and not came.raw.lstrip().startswith(b'"'):
        return Verdict("content type", "", f"what came as {came.media_type} is no JSON")
    return None


def _unspoken(problems: Mapping[str, ProblemSpec], came: Came) -> Iterator[Verdict]:
    known = [one for one in problems.values() if one.status == came.status]
    if known and not any(speaks(one, came.body) for one in known):
        names = ", ".join(one.name for one in known)
        yield Verdict(
            "problem", "", f"{came.raw[:200].decode('utf-8', 'replace').strip()} is none of {names}"
        )


def spoken(promised: Operation | UnroutedSpec, came: Came) -> str | None:
    """The first declared problem that a refusal speaks."""
    for one in promised.problems.values():
        if one.status == came.status and speaks(one, came.body):
            return one.name
    return None


def speaks(problem: ProblemSpec, body: Any) -> bool:
    """Whether the body is the problem's, but for the parts of it that vary."""
    return _like(problem.value, body, problem.fill, [])


def _like(wanted: Any, given: Any, fill: Mapping[str, str], place: list[str | int]) -> bool:
    template = fill.get(format_pointer(place))
    if template is not None:
        return _fits(template, given)
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(
            name in given and _like(member, given[name], fill, [*place, name])
            for name, member in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(given, list)
            and len(given) == len(wanted)
            and all(
                _like(*pair, fill, [*place, at]) for at, pair in enumerate(zip(wanted, given, strict=True))
            )
        )
    return json_equal(wanted, given)


def _fits(template: str, given: Any) -> bool:
    parts = re.split(r"(\{\w+\})", template)
    if len(parts) == 3 and not parts[0] and not parts[2]:
        return True
    pattern = "".join(".*" if part.startswith("{") else re.escape(part) for part in parts)
    return isinstance(given, str) and re.fullmatch(pattern, given, re.DOTALL) is not None
