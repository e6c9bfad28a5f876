"""Sends calls to an application in this process, with valid credentials, and counts their work."""

import cProfile
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from werkzeug.test import Client

from mockserver import vendors
from mockserver.app import Application, create_app
from mockserver.pipeline.reply_building import CONTRACT_VIOLATION_HEADER

MAX_WORK_OF_SMALL_CALL: Final = 600_000
"""Function calls, those of C included, that one call of less than 100 kB may cost: about 0.1 s."""


class Answer(NamedTuple):
    """The reply to one call, and the function calls that it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    work: int

    @property
    def is_failure_of_ours(self) -> bool:
        """Whether the server failed, other than with an error of the vendor."""
        return CONTRACT_VIOLATION_HEADER in self.headers or b'"error":"http"' in self.body


class Caller:
    """A caller of the default world of its own application."""

    def __init__(self, people: int = 150) -> None:
        self.app: Application = create_app(people=people)
        self._client = Client(self.app, use_cookies=False)
        self._journal = self.app.context.worlds.journal("default")
        world = self.control("GET", "/worlds/default")
        self._credentials = {name: one["credentials"] for name, one in world["vendors"].items()}
        self._headers = {name: self._credential_headers(name) for name in vendors.names()}

    def count(self) -> AbstractContextManager[list[int]]:
        """Counts the work of one call."""
        return counted()

    def close(self) -> None:
        """Closes the store."""
        self.app.close()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON reply of the control API."""
        reply = self._client.open(f"/_mock{path}", method=method, json=body)
        assert reply.status_code < 400, reply.text
        return reply.json

    def send(
        self,
        vendor: str,
        method: str,
        path: str,
        query: str = "",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to one call; `headers` replace those of an authenticated one."""
        sent = self.headers(vendor, method, path, query) if headers is None else headers
        return self.open(f"/{vendor}{path}", method, query, body, sent)

    def open(self, path: str, method: str, query: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer to one request."""
        with self.count() as work:
            reply = self._client.open(
                path, method=method, query_string=query, data=body, headers=list(headers.items())
            )
            content = reply.get_data()
            self._journal.read_sealed(self._journal.last_number())  # it writes the entry of the call
        return Answer(reply.status_code, dict(reply.headers), content, work[0])

    def headers(self, vendor: str, method: str, path: str, query: str = "") -> dict[str, str]:
        """The headers of an authenticated call; a signature is good for this call only."""
        url = f"http://localhost/{vendor}{path}" + (f"?{query}" if query else "")
        try:
            signed = self.app.context.vendors[vendor].hooks.sign(method, url, self._credentials[vendor])
        except ValueError:  # a path or a query that the client cannot sign
            signed = {"Authorization": "OAuth oauth_consumer_key=mockserver"}
        return {"Content-Type": "application/json", **self._headers[vendor], **signed}

    def log_in_again(self, vendor: str) -> None:
        """Takes a new session, for a vendor that has them."""
        self._headers[vendor] = self._credential_headers(vendor)

    def _credential_headers(self, vendor: str) -> dict[str, str]:
        contract = self.app.context.vendors[vendor].contract
        headers: dict[str, str] = {}
        for field, name, _lookup, bearer in contract.credential_headers:
            if field.name in self._credentials[vendor]:
                value = self._credentials[vendor][field.name]
                headers.setdefault(name, f"Bearer {value}" if bearer else value)
        if any(contract.schemes[name].get("in") == "cookie" for name in contract.default_schemes):
            login = contract.operations[contract.first_call or ""]
            body = json.dumps(self._credentials[vendor]).encode()
            answer = self.send(
                vendor, "POST", login.path, body=body, headers={"Content-Type": "application/json"}
            )
            headers["Cookie"] = answer.headers["Set-Cookie"].partition(";")[0]
        return headers


@contextmanager
def counted() -> Iterator[list[int]]:
    """Counts the function calls inside; the only element of the list.

    By the profiler written in C: a Python function called at each event would take most of the time.
    """
    number, profiler = [0], cProfile.Profile()
    profiler.enable()
    try:
        yield number
    finally:
        profiler.disable()
        number[0] = sum(entry.callcount for entry in profiler.getstats())


def query_of(values: Mapping[str, Any]) -> str:
    """The query of these parameters."""
    return urlencode({name: _text(one) for name, one in values.items()}, errors="replace")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def now() -> int:
    """The CPU time of this thread in microseconds."""
    return time.thread_time_ns() // 1_000
