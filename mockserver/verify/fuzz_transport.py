"""The transport of the fuzzer: requests of Schemathesis, sent by the bounded HTTP client."""

import io
from datetime import timedelta
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from schemathesis.transport.requests import REQUESTS_TRANSPORT, RequestsTransport
from urllib3 import HTTPHeaderDict, HTTPResponse

from mockserver.errors import ServerUnreachableError
from mockserver.verify.http_client import HttpClient, Request


class BoundedAdapter(HTTPAdapter):
    """Sends by the client instead of urllib3. `failure` is why the first call without a reply failed."""

    def __init__(self, client: HttpClient) -> None:
        super().__init__()
        self._client = client
        self.failure: str | None = None

    def send(self, request: requests.PreparedRequest, *_args: Any, **_options: Any) -> requests.Response:
        """The response to a request. Raises `requests.ConnectionError`."""
        body = request.body.encode() if isinstance(request.body, str) else request.body
        headers = {name: _text(value) for name, value in request.headers.items()}
        sent = Request(request.method or "GET", request.url or "", headers, body)
        if self.failure is not None:
            raise requests.ConnectionError(self.failure, request=request)
        try:
            received = self._client.exchange(sent)
        except ServerUnreachableError as error:
            self.failure = str(error)
            raise requests.ConnectionError(self.failure, request=request) from error
        # The client has decoded the body where it could.
        left = {name: text for name, text in received.headers.items() if name != "content-encoding"}
        raw = HTTPResponse(
            body=io.BytesIO(received.content),
            headers=HTTPHeaderDict(left),
            status=received.status,
            version=11,
            reason="",
            preload_content=False,
            decode_content=False,
        )
        response = self.build_response(request, raw)
        response.elapsed = timedelta(seconds=received.seconds)
        return response


class _BoundedTransport(RequestsTransport):
    def __init__(self, adapter: BoundedAdapter) -> None:
        super().__init__()
        self._copy_serializers_from(REQUESTS_TRANSPORT)
        self._adapter = adapter

    def send(self, case: Any, *, session: requests.Session | None = None, **options: Any) -> Any:
        if session is None:
            session = requests.Session()
            session.headers.clear()
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, self._adapter)
        return super().send(case, session=session, **options)


def use_adapter(schema: Any, adapter: BoundedAdapter) -> None:
    """Makes a schema of Schemathesis, and everything derived from it, send by the adapter."""
    transport = _BoundedTransport(adapter)
    base: Any = type(schema)
    # Schemathesis looks the transport up in its class, and has no option for another one.
    schema.__class__ = type(base.__name__, (base,), {"transport": property(lambda _schema: transport)})


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
