"""Signs calls with a library and sends them: `spotler_signers.py LIBRARY BASE_URL KEY SECRET`.

LIBRARY is oauthlib, requests-oauthlib or Authlib. Prints a line of JSON for each call. Paths hold
ids that can be percent-encoded in several ways.
"""

import json
import sys
from collections.abc import Callable
from typing import Any, Final

import requests

PATHS: Final = (
    ("GET", "/contact/properties/list"),
    ("GET", "/contact/c%2F1"),
    ("GET", "/contact/a%40b%3Ac%20d"),
    ("GET", "/contact/%C3%A9"),
    ("GET", "/contact/search?pageSize=1&MPSearchQuery=email%3Djan%2Bx%40example.com"),
    ("GET", "/contact/updates/list?fromDate=2026-01-01T00%3A00%3A00%2B01%3A00&toDate=2026-02-01&pageSize=1"),
    ("PUT", "/contact/inactivate/c%2F1"),
    ("DELETE", "/templist/nope"),
)
PLACES: Final = ("header", "query", "body")
FORM: Final = "application/x-www-form-urlencoded"

Send = Callable[[str, str, str, dict[str, str], str | None], requests.Response]


def send_by_oauthlib(key: str, secret: str) -> Send:
    """Signs without any HTTP library."""
    from oauthlib.oauth1 import SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_BODY, SIGNATURE_TYPE_QUERY, Client

    kinds = dict(
        zip(PLACES, (SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_QUERY, SIGNATURE_TYPE_BODY), strict=True)
    )

    def send(
        place: str, method: str, url: str, headers: dict[str, str], body: str | None
    ) -> requests.Response:
        http_method: Any = method  # the stubs allow a few methods only
        client = Client(key, client_secret=secret, signature_type=kinds[place])
        url, headers, body = client.sign(url, http_method=http_method, body=body, headers=headers)
        return requests.request(method, url, headers=headers, data=body, timeout=10)

    return send


def send_by_requests_oauthlib(key: str, secret: str) -> Send:
    """Signs as the authentication of requests."""
    from requests_oauthlib import OAuth1

    kinds = dict(zip(PLACES, ("AUTH_HEADER", "QUERY", "BODY"), strict=True))

    def send(
        place: str, method: str, url: str, headers: dict[str, str], body: str | None
    ) -> requests.Response:
        auth = OAuth1(key, client_secret=secret, signature_type=kinds[place])
        return requests.request(method, url, auth=auth, headers=headers, data=body, timeout=10)

    return send


def send_by_authlib(key: str, secret: str) -> Send:
    """Signs by Authlib's client for requests."""
    from authlib.integrations.requests_client import OAuth1Auth  # type: ignore[import-untyped]

    kinds = dict(zip(PLACES, ("HEADER", "QUERY", "BODY"), strict=True))

    def send(
        place: str, method: str, url: str, headers: dict[str, str], body: str | None
    ) -> requests.Response:
        auth = OAuth1Auth(key, client_secret=secret, signature_type=kinds[place])
        return requests.request(method, url, auth=auth, headers=headers, data=body, timeout=10)

    return send


LIBRARIES: Final[dict[str, Callable[[str, str], Send]]] = {
    "oauthlib": send_by_oauthlib,
    "requests-oauthlib": send_by_requests_oauthlib,
    "Authlib": send_by_authlib,
}


def main() -> None:
    """Sends every call with the parameters in every place."""
    library, base, key, secret = sys.argv[1:]
    send = LIBRARIES[library](key, secret)
    for place in PLACES:
        for method, path in PATHS:
            headers, body = {"Accept": "application/json"}, None
            if place == "body":
                if method != "PUT":
                    continue
                headers, body = {**headers, "Content-Type": FORM}, "x=1"
            reply = send(place, method, base + path, headers, body)
            call = {"place": place, "method": method, "path": path, "status": reply.status_code}
            sys.stdout.write(f"{json.dumps(call)}\n")


main()
