"""A journalled call as code: a curl command, Python, and the assertion of a test that expects it."""

import shlex
from collections.abc import Callable, Mapping
from pprint import pformat
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from mockserver.call import Exchange
from mockserver.control.repeated_call import RepeatedCall, without_secrets
from mockserver.formats.secret_mark import REDACTED

_COOKIES: Final = "cookies.txt"
_WIDTH: Final = 88
_MAX_TEXT: Final = 2_000


def to_curl(call: RepeatedCall) -> str:
    """The curl command; one that logs in before comes first."""
    options = ["-sS"]
    if call.login:
        options += ["-b", _COOKIES]
    command = _curl(call, options)
    if call.signs:
        command += f' -H "$({shlex.join(["mockserver", "sign", call.method, call.url])})"'
    return "\n".join(
        [_curl(call.login, ["-sS", "-o", "/dev/null", "-c", _COOKIES]), command] if call.login else [command]
    )


def to_python(call: RepeatedCall) -> str:
    """A program with requests."""
    lines = ["import requests", ""]
    caller = "requests"
    if call.signs:
        lines = ["import json", "import subprocess", "", *lines]
        sign = pformat(["mockserver", "sign", call.method, call.url, "--format", "json"], width=_WIDTH)
        lines.append(f"signed = json.loads(subprocess.check_output({sign}))")
    if call.login:
        caller = "session"
        lines += ["session = requests.Session()", *_python(call.login, "session"), ""]
    lines += [*_python(call, caller, "{**headers, **signed}" if call.signs else "headers", "reply = ")]
    return "\n".join([*lines, "print(reply.status_code, reply.text)"])


def to_pytest(exchange: Exchange) -> str:
    """The assertion that this call was made and answered so, for a test with the fixture `mockserver`."""
    call, reply = exchange["call"], exchange["reply"]
    expected: dict[str, Any] = {}
    if exchange["operation"] is None:
        expected |= {"method": call["method"], "path": call["path"]}
    expected["status"] = reply["status"]
    if exchange["problem"]:
        expected["problem"] = exchange["problem"]
    if exchange["fault"]:
        expected["fault"] = exchange["fault"]["kind"]
    query = without_secrets(_query(call["url"].partition("?")[2]))
    if query:
        expected["query"] = query
    body = without_secrets(_body(call["body"]))
    if body is not ... and body not in ("", {}):
        expected["body"] = body
    arguments = [repr(exchange["vendor"]), repr(exchange["operation"])]
    arguments += [f"{name}={_indented(value)}" for name, value in expected.items()]
    return "mockserver.journal.assert_called(\n" + "".join(f"    {one},\n" for one in arguments) + ")"


LANGUAGES: Final[Mapping[str, Callable[[RepeatedCall], str]]] = MappingProxyType(
    {"curl": to_curl, "python": to_python}
)
"""What sends a call again, by the name of the language."""


def _curl(call: RepeatedCall, options: list[str]) -> str:
    words = ["curl", *options, "-X", call.method, call.url]
    for name, value in call.headers.items():
        words += ["-H", f"{name}: {value}"]
    if call.body:
        words += ["--data-binary", call.body]
    return shlex.join(words)


def _python(call: RepeatedCall, caller: str, headers: str = "headers", start: str = "") -> list[str]:
    given = [f"{call.method!r}, {call.url!r}", f"headers={headers}"]
    lines = [f"headers = {pformat(call.headers, width=_WIDTH, sort_dicts=False)}"]
    parsed = _parsed(call.body)
    if call.body:
        value = call.body if parsed is ... else parsed
        lines.append(f"body = {pformat(value, width=_WIDTH, sort_dicts=False)}")
        given.append("data=body.encode()" if parsed is ... else "json=body")
    return [*lines, f"{start}{caller}.request({', '.join([*given, 'timeout=30'])})"]


def _query(query: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        found[name] = text if name not in found else [*_listed(found[name]), text]
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _body(body: str) -> Any:
    """The body as an assertion compares it: JSON, else a text that is short and whole; else `...`."""
    parsed = _parsed(body)
    if parsed is not ...:
        return parsed
    return ... if len(body) > _MAX_TEXT or REDACTED in body else body


def _parsed(body: str) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return ...


def _indented(value: Any) -> str:
    return pformat(value, width=_WIDTH, sort_dicts=False).replace("\n", "\n    ")
