"""The control API, spoken to by an HTTP client that is not ours."""

from typing import Any

import requests


class Api:
    """A session with it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def __call__(self, method: str, path: str, body: Any = None, **extra: Any) -> requests.Response:
        return self.session.request(method, f"{self.url}/_mock{path}", json=body, timeout=20, **extra)


def refusal(reply: requests.Response) -> tuple[int, str]:
    """Status and name of a refusal, which is one line that says enough."""
    body = reply.json()
    assert body.keys() == {"error", "message"}
    assert "\n" not in body["message"]
    assert len(body["message"]) > 20
    return reply.status_code, body["error"]
