"""Newman, with the Postman collection that is made of a vendor's contract."""

import base64
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote

from mockserver.client import World
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.paths import contracts
from mockserver.verify.http_client import HttpClient, Request, Response
from tests.outside.played_stories import path_parameters
from tests.outside.tools import NODE_MODULES, NODE_OPTIONS

VARIABLES: Final = {
    "fanfare": {"bearerToken": "secret_key"},
    "ortto": {"apiKey": "api_key"},
    "spotler": {"consumerKey": "consumer_key", "consumerSecret": "consumer_secret"},
    "voyado": {"apiKey": "apikey"},
}
"""The credential that a user enters for each variable of a collection; a session has none."""


class Recorder:
    """A client of stories that keeps each call with its reply, and the signatures that were made for it."""

    def __init__(self) -> None:
        self.exchanges: list[tuple[Request, Response]] = []
        self.signatures: set[tuple[str, str]] = set()
        self._plain = HttpClient()

    def send(self, request: Request) -> Response:
        """Sends a call."""
        response = self._plain.send(request)
        self.exchanges.append((request, response))
        return response


class Reply(NamedTuple):
    """What newman got; `refused` says why it could not use a request of the collection."""

    operation: str | None
    refused: str | None
    status: int | None
    content: bytes


class Collection:
    """The collection of a vendor, or of the control API, in a process that lets newman call its requests.

    One process converts one document after another; the collection before cannot be called any more. Raises
    AssertionError unless the collection has a request for each operation.
    """

    def __init__(self, vendor: str, process: "subprocess.Popen[str]") -> None:
        self._vendor = vendor
        document = contracts() / vendor / "openapi.yaml"
        self._contract = Contract.read(document)
        self._process = process
        self._write({"document": str(document)})
        assert set(self._read()) == {f"{one.method} {one.path}" for one in self._contract.operations.values()}

    def call(self, world: World, recorded: Recorder) -> list[Reply]:
        """Newman's replies to recorded calls of this world, made in their order."""
        credentials = world.credentials(self._vendor)
        entered = {name: credentials[key] for name, key in VARIABLES.get(self._vendor, {}).items()}
        own = recorded.signatures | set(world.headers(self._vendor).items())
        base = world.url(self._vendor)
        calls = [self._call(base, own, request) for request, _ in recorded.exchanges]
        self._write({"calls": calls, "variables": {"baseUrl": base, **entered}})
        return [
            Reply(call.get("operation"), one["refused"], one["status"], base64.b64decode(one["content"]))
            for call, one in zip(calls, self._read(), strict=True)
        ]

    def _call(self, base: str, own: set[tuple[str, str]], request: Request) -> dict[str, Any]:
        """A call as the program reads it, without what Postman's authentication adds."""
        plain = dict(request.headers.items() - own)
        call = {
            "method": request.method,
            "url": request.url,
            "headers": plain,
            "body": None if request.body is None else request.body.decode(),
            "authenticated": plain != request.headers,
        }
        path, _, query = request.url.removeprefix(base).partition("?")
        operation = self._contract.route(request.method, path) if request.url.startswith(base) else None
        if not isinstance(operation, Operation):
            return call
        call["operation"] = operation.id
        values = dict(path_parameters(operation.path, path))
        written = re.sub(r"\{([^}]+)\}", lambda it: quote(values.get(it[1], ""), safe=""), operation.path)
        if written != path:  # a collection has one way to write a path
            return call
        pairs = parse_qsl(query, keep_blank_values=True)
        return {**call, "path": operation.path, "parameters": values, "query": pairs}

    def _write(self, command: dict[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps(command)}\n")
        self._process.stdin.flush()

    def _read(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


@contextmanager
def postman() -> Iterator["subprocess.Popen[str]"]:
    """A process for collections, until the end."""
    command = ["node", str(Path(__file__).with_name("postman_runner.cjs")), str(NODE_MODULES)]
    environment = {**os.environ, "NODE_OPTIONS": NODE_OPTIONS}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
