"""The stories of a vendor, played through something else: a generated client, or a proxy."""

import base64
import json
import re
import subprocess
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from mockserver.client import Control
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.verify import story_file
from mockserver.verify.http_client import Client, HttpClient, Request, Response
from tests.outside.evidence import CallCounter
from tests.read_vendors import read_vendor
from tests.stories.environment import play, world_environment

_FORM: Final = "application/x-www-form-urlencoded"
_OWN_HEADERS: Final = ("content-type", "content-length")


def play_stories(
    url: str,
    vendor: str,
    client: Client,
    counter: CallCounter,
    name: str | None = None,
    only: Collection[str] = (),
) -> None:
    """Plays every story, or `only` these, each in a new world (of this name).

    Making and deleting worlds is not counted: the client has no part in it. Raises AssertionError for what
    one finds.
    """
    file = story_file.load_stories(vendor)
    for story in file.select(only):
        with counter.paused():
            world = Control(url).create_world(name)
            environment = world_environment(url, vendor, world, client)
        play(file, story, environment)
        with counter.paused():
            world.delete()


class GeneratedClient:
    """A client that openapi-python-client made, as a client of stories; it runs in another process.

    Calls that its types refuse, and those to the control API, are sent without it and not counted.
    """

    def __init__(self, vendor: str, process: "subprocess.Popen[str]", counter: CallCounter) -> None:
        self._vendor = vendor
        self._contract = read_vendor(vendor).contract
        self._process = process
        self._counter = counter
        self._plain = HttpClient()
        self.made: Counter[str] = Counter()
        self.models: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.errors: list[str] = []

    def send(self, request: Request) -> Response:
        """Sends a call with the client, if that is possible."""
        call = _generated_call(self._contract, self._vendor, request)
        reply: dict[str, Any] = {"refused": "no operation"}
        if call:
            reply = ask(self._process, self._vendor, call)
        if "refused" in reply:
            if call:
                self.refused[call["operation"]] = reply["refused"]
            with self._counter.paused():
                return self._plain.send(request)
        assert call
        if reply["error"]:
            self.errors.append(f"{call['operation']} {reply['status']}: {reply['error']}")
        if reply["model"] and reply["status"] == 200:
            self.models[call["operation"]] = reply["model"]
        self.made[call["operation"]] += 1
        headers: dict[str, str] = {}
        for name, text in reply["headers"]:
            headers[name.lower()] = f"{headers[name.lower()]}, {text}" if name.lower() in headers else text
        return Response(reply["status"], headers, base64.b64decode(reply["content"]))


@contextmanager
def generated_clients(python: str, packages: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process for the clients in the folder `packages`, run by this Python until the end."""
    with subprocess.Popen(
        [python, "generated_client.py"],
        cwd=packages,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def ask(process: "subprocess.Popen[str]", vendor: str, call: dict[str, Any]) -> dict[str, Any]:
    """The reply to a call that the client of a vendor makes."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{json.dumps({'package': f'{vendor}_client', **call})}\n")
    process.stdin.flush()
    answered: dict[str, Any] = json.loads(process.stdout.readline())
    return answered


def _generated_call(contract: Contract, vendor: str, request: Request) -> dict[str, Any] | None:
    """A request as a call of the generated client; None if it calls no operation, or in no form of its."""
    parts = urlsplit(request.url)
    base, found, path = request.url.partition(f"/{vendor}/")
    operation = contract.route(request.method, f"/{path.partition('?')[0]}") if found else None
    if not isinstance(operation, Operation):
        return None
    headers = {name.lower(): text for name, text in request.headers.items()}
    parameters: dict[str, Any] = dict(path_parameters(operation.path, f"/{path.partition('?')[0]}"))
    for name, texts in parse_qs(parts.query, keep_blank_values=True).items():
        parameters[name] = texts if len(texts) > 1 else texts[0]
    call: dict[str, Any] = {
        "operation": operation.id,
        "url": f"{base}/{vendor}",
        "headers": {"accept": "application/json", **headers},
        "parameters": parameters,
    }
    if request.body is None:
        return call
    call["headers"] = {name: text for name, text in call["headers"].items() if name not in _OWN_HEADERS}
    media = headers.get("content-type", "").partition(";")[0]
    if media == _FORM:
        return {**call, "body": {n: t[0] for n, t in parse_qs(request.body.decode()).items()}}
    try:
        return {**call, "body": json.loads(request.body)} if media == "application/json" else None
    except ValueError:
        return None


def path_parameters(template: str, path: str) -> Iterator[tuple[str, str]]:
    """The values of the parameters in a path; none if the path is in another form."""
    names = re.findall(r"\{([^}]+)\}", template)
    pattern = re.sub(r"\\\{[^}]+\\\}", "([^/]+)", re.escape(template))
    found = re.fullmatch(pattern, path, re.IGNORECASE)
    if found:
        yield from zip(names, map(unquote, found.groups()), strict=True)
