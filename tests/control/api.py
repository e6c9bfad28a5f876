"""A control API client that uses requests only."""

from typing import Any

import requests


class Api:
    """A session with the control API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False  # a quarter of a millisecond for each call

    def __call__(self, method: str, path: str, body: Any = None, **extra: Any) -> requests.Response:
        return self.session.request(method, f"{self.url}/_mock{path}", json=body, timeout=20, **extra)


def refusal(reply: requests.Response) -> tuple[int, str]:
    """Status and name of an error; checks that its message is one line."""
    body = reply.json()
    assert body.keys() == {"error", "message"}
    assert "\n" not in body["message"]
    assert len(body["message"]) > 20
    return reply.status_code, body["error"]
