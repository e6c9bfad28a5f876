"""A door that signs: passes calls on to a server and gives those to Spotler an OAuth 1.0a signature.

For outside judges that cannot sign: Redocly's `respect` and Schemathesis.
"""

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

from mockserver.client import Control
from tests.loopback import opened

PLEASE_SIGN = "OAuth please-sign"
"""The header Authorization of a call that is to be signed; one with another stays as it is."""
_HOPS = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})


class _Connection(BaseHTTPRequestHandler):
    """A connection to the door, with the one to the server that its calls are passed on by."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment for each reply: two of them wait 40 ms for each other
    disable_nagle_algorithm = True
    address = ""

    def setup(self) -> None:
        super().setup()
        self._onward = HTTPConnection(self.address, timeout=60)

    def finish(self) -> None:
        self._onward.close()
        super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """A judge's calls are in the journal."""

    def answer(self, body: bytes, headers: dict[str, str]) -> tuple[HTTPResponse, bytes]:
        """The server's reply to the call with these headers."""
        try:
            self._onward.request(self.command, self.path, body or None, headers)
            reply = self._onward.getresponse()
            return reply, reply.read()
        except (OSError, HTTPException):
            self._onward.close()  # the next call needs another one
            raise


@contextmanager
def signing(url: str, *, unsigned_too: bool = False) -> Iterator[str]:
    """The URL of a door to the server at `url`, whose default world's key signs.

    Signed are calls to Spotler that say PLEASE_SIGN, or with `unsigned_too` those that say nothing.
    """
    credentials = Control(url).world("default").credentials("spotler")

    class Handler(_Connection):
        address = urlsplit(url).netloc

        def __getattr__(self, name: str) -> object:
            if name.startswith("do_"):  # whatever method a judge comes up with
                return self._pass_on
            raise AttributeError(name)

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: text for name, text in self.headers.items() if name.lower() not in _HOPS}
            said = self.headers.get("Authorization")
            wanted = said == PLEASE_SIGN or (said is None and unsigned_too)
            if wanted and self.path.startswith("/spotler/"):
                headers["Authorization"] = signed(self.command, url + self.path, credentials)
            reply, content = self.answer(body, headers)
            self.send_response_only(reply.status, reply.reason)
            for name, text in reply.getheaders():
                if name.lower() not in _HOPS:
                    self.send_header(name, text)
            if reply.status != 204:
                self.send_header("Content-Length", reply.getheader("Content-Length", str(len(content))))
            self.end_headers()
            self.wfile.write(content)

    door = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with opened(door) as signed_url:
        yield signed_url


def signed(method: str, url: str, credentials: Mapping[str, str]) -> str:
    """The header Authorization of a call. Ours, for requests-oauthlib refuses queries that judges send."""
    claimed = {
        "oauth_consumer_key": credentials["consumer_key"],
        "oauth_nonce": uuid.uuid4().hex,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(time.time())),
        "oauth_version": "1.0",
    }
    claimed["oauth_signature"] = signature(method, url, credentials["consumer_secret"], claimed)
    return "OAuth " + ", ".join(f'{name}="{encoded(text)}"' for name, text in claimed.items())


def signature(method: str, url: str, secret: str, claimed: Mapping[str, str]) -> str:
    """The signature of RFC 5849, section 3.4, without a token."""
    parts = urlsplit(url)
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), *claimed.items()]
    parameters = "&".join(
        f"{name}={text}" for name, text in sorted((encoded(n), encoded(t)) for n, t in pairs)
    )
    address = f"{parts.scheme}://{parts.netloc}{parts.path}"
    base = f"{method}&{encoded(address)}&{encoded(parameters)}"
    digest = hmac.new(f"{encoded(secret)}&".encode(), base.encode(), hashlib.sha1)
    return base64.b64encode(digest.digest()).decode()


def encoded(text: str) -> str:
    """As RFC 5849, section 3.6, encodes."""
    return quote(text, safe="-._~")
