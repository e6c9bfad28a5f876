"""Prism as a validating proxy between the stories and one world: it judges each reply by the contract."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import Final

from mockserver.contract.operation import Operation
from mockserver.verify.http_client import HttpClient, Request, Response
from tests.outside.evidence import CallCounter
from tests.outside.tools import NODE_MODULES, NODE_OPTIONS
from tests.read_vendors import read_vendor

WORLD: Final = "prism"
"""The name of the world that the proxy leads to."""
_CUT_OFF: Final = "Too many violations!"
"""How a list begins that is too long for a header; Prism writes those of the call first."""
_SECONDS_TO_START: Final = 60


class ValidatingProxy:
    """A client of stories that calls through Prism, and collects what Prism finds in replies.

    What Prism cannot pass on is sent past it and not counted: calls without an operation, bodies that are not
    the JSON that they claim to be, and the body `null`.
    """

    def __init__(self, vendor: str, upstream: str, proxy: str, counter: CallCounter) -> None:
        self._contract = read_vendor(vendor).contract
        self._upstream = upstream
        self._proxy = proxy
        self._counter = counter
        self._plain = HttpClient()
        self.judged = 0
        self.violations: set[str] = set()

    def send(self, request: Request) -> Response:
        """Sends a call through the proxy, if it can pass it on."""
        base, found, path = request.url.partition(self._upstream)
        operation = (
            self._contract.route(request.method, path.partition("?")[0]) if found and not base else None
        )
        if not isinstance(operation, Operation) or not _is_passed_on(request):
            with self._counter.paused():
                return self._plain.send(request)
        passed = Request(request.method, self._proxy + path, request.headers, request.body)
        response = self._plain.send(passed)
        self._judge(operation.id, response)
        return _restored(response)

    def _judge(self, operation: str, response: Response) -> None:
        text = response.headers.get("sl-violations", "[]")
        if text.startswith(_CUT_OFF):
            assert response.status >= 400, f"{operation} {response.status}: {text}"
            return
        self.judged += 1
        for violation in json.loads(text):
            if violation["location"][0] == "response":
                where = "/".join(violation["location"])
                self.violations.add(f"{operation} {response.status} {where}: {violation['message']}")


@contextmanager
def prism() -> Iterator["subprocess.Popen[str]"]:
    """A process for proxies, until the end."""
    command = ["node", str(Path(__file__).with_name("prism_proxies.cjs")), str(NODE_MODULES)]
    environment = {**os.environ, "NODE_OPTIONS": NODE_OPTIONS}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def validating_proxy(
    process: "subprocess.Popen[str]", vendor: str, document: Path, url: str, counter: CallCounter
) -> ValidatingProxy:
    """A proxy by the document to the vendor in the world `WORLD` of the server at `url`, in this process."""
    upstream, port = f"{url}/w/{WORLD}/{vendor}", _free_port()
    assert process.stdin
    assert process.stdout
    wanted = {"document": str(document), "upstream": upstream, "port": port}
    process.stdin.write(f"{json.dumps(wanted)}\n")
    process.stdin.flush()
    assert select([process.stdout], [], [], _SECONDS_TO_START)[0], "Prism does not start"
    assert process.stdout.readline() == "listening\n", "Prism did not start"
    return ValidatingProxy(vendor, upstream, f"http://127.0.0.1:{port}", counter)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _is_passed_on(request: Request) -> bool:
    media = next((text for name, text in request.headers.items() if name.lower() == "content-type"), "")
    if not media.startswith("application/json") or not request.body:
        return True
    try:
        return json.loads(request.body) is not None
    except ValueError:
        return False


def _restored(response: Response) -> Response:
    """The reply with the final newline of JSON, which Prism omits."""
    if not response.media_type.endswith("json") or response.content.endswith(b"\n") or not response.content:
        return response
    content = response.content + b"\n"
    headers = {**response.headers, "content-length": str(len(content))}
    return Response(response.status, headers, content, response.seconds, response.sent_at)
