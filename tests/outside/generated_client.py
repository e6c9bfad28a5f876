"""Makes calls with clients that openapi-python-client made; runs in the environment of that tool.

    python generated_client.py

Reads a call a line from standard input as JSON (`package`, `operation`, `url`, `headers`, `parameters`,
`body`). Writes a line for each: the reply, with the class that the client made of it or why it could not read
it, or why the client's types refuse the call.
"""

import base64
import datetime
import enum
import functools
import importlib
import inspect
import json
import pathlib
import re
import sys
import types
import typing
import uuid
from collections.abc import Callable
from typing import Any

import httpx

Call = dict[str, Any]
# One for all calls: each of httpx's clients would read all certificates of the computer, and connect anew.
TRANSPORT = httpx.HTTPTransport()


class RefusedCallError(Exception):
    """The client's types do not let the call be made."""


@functools.cache
def modules(package: str) -> dict[str, str]:
    """The module of each operation of a client."""
    found = pathlib.Path(package).glob("api/*/*.py")
    return {path.stem: f"{package}.api.{path.parent.name}.{path.stem}" for path in found}


def plain(name: str) -> str:
    """A name as it is compared: openapi-python-client writes them in snake case."""
    return re.sub("[^a-z0-9]", "", name.lower())


def convert(value: Any, annotation: Any) -> Any:
    """The value as the type that the client asks for."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return first_of(value, typing.get_args(annotation))
    if typing.get_origin(annotation) is list:
        if not isinstance(value, list):
            raise RefusedCallError(f"{value!r} is not a list")
        return [convert(one, typing.get_args(annotation)[0]) for one in value]
    if typing.get_origin(annotation) is typing.Literal:
        return one_of(value, typing.get_args(annotation))
    if hasattr(annotation, "from_dict"):
        if not isinstance(value, dict):
            raise RefusedCallError(f"{value!r} is not an object")
        model = annotation.from_dict(value)
        if same_times(model.to_dict()) != same_times(value):
            raise RefusedCallError(f"{annotation.__name__} says {model.to_dict()!r}, not {value!r}")
        return model
    return scalar(value, annotation)


def same_times(value: Any) -> str:
    """The value as text, with times written as the client writes them."""
    text = re.sub(r'(T[0-9:]+)(?:(\.[0-9]*?)0*)?(?:Z|\+00:00)"', r'\1\2Z"', json.dumps(value, sort_keys=True))
    return text.replace('.Z"', 'Z"')


def first_of(value: Any, annotations: tuple[Any, ...]) -> Any:
    """The value as the first type that takes it."""
    reasons = []
    for one in annotations:
        try:
            return convert(value, one)
        except Exception as reason:
            reasons.append(str(reason))
    raise RefusedCallError("; ".join(reasons))


def one_of(value: Any, allowed: tuple[Any, ...]) -> Any:
    """The value, if it is allowed."""
    if value not in allowed:
        raise RefusedCallError(f"{value!r} is not allowed")
    return value


def scalar(value: Any, annotation: Any) -> Any:
    """A value without parts; texts stand in paths and queries."""
    if annotation in (typing.Any, object):
        return value
    if annotation is types.NoneType:
        return one_of(value, (None,))
    if isinstance(value, str) and annotation is bool:
        return {"true": True, "false": False}[value]
    if isinstance(value, str) and annotation in (int, float, uuid.UUID):
        return annotation(value)
    if isinstance(value, str) and annotation in (datetime.datetime, datetime.date):
        return annotation.fromisoformat(value)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return annotation(value)
    if type(value) is annotation or (annotation is float and type(value) is int):
        return value
    raise RefusedCallError(f"{value!r} is not {annotation}")


def arguments(function: Callable[..., Any], call: Call) -> dict[str, Any]:
    """The arguments of a call, all those that it does not give unset."""
    found = {}
    given = {plain(name): value for name, value in call["parameters"].items()}
    hints = typing.get_type_hints(function)
    unset = importlib.import_module(f"{call['package']}.types").UNSET
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "client":
            continue
        if name == "body" and "body" in call:
            found[name] = convert(call["body"], hints[name])
        elif plain(name) in given:
            found[name] = convert(given.pop(plain(name)), hints[name])
        elif parameter.default is inspect.Parameter.empty:
            raise RefusedCallError(f"{name} is missing")
        else:
            found[name] = unset
    left = given.keys() - {plain(name) for name in call["headers"]}
    if left or ("body" in call and "body" not in found):
        raise RefusedCallError(f"takes no {', '.join(left) or 'body'}")
    return found


def answer(call: Call) -> dict[str, Any]:
    """The reply to one call, or the refusal of it."""
    module = modules(call["package"]).get(call["operation"])
    if module is None:
        return {"refused": "the generator has skipped it"}
    function = importlib.import_module(module).sync_detailed
    try:
        given = arguments(function, call)
    except Exception as reason:
        return {"refused": f"{type(reason).__name__}: {reason}"}
    replies: list[Any] = []

    def keep(response: Any) -> None:
        response.read()
        replies.append(response)

    client = importlib.import_module(call["package"]).Client(
        base_url=call["url"],
        headers=call["headers"],
        raise_on_unexpected_status=True,
        httpx_args={"transport": TRANSPORT, "event_hooks": {"response": [keep]}},
    )
    error = model = None
    try:
        model = function(client=client, **given).parsed
    except Exception as reason:
        error = f"{type(reason).__name__}: {reason}"
    if not replies:
        return {"refused": error}
    return {
        "status": replies[0].status_code,
        "headers": replies[0].headers.multi_items(),
        "content": base64.b64encode(replies[0].content).decode(),
        "model": None if model is None else type(model).__name__,
        "error": error,
    }


for line in sys.stdin:
    sys.stdout.write(f"{json.dumps(answer(json.loads(line)))}\n")
    sys.stdout.flush()
