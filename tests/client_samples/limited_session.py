"""A session of requests whose timeout is a limit of the whole answer, not of each of its pieces."""

import time
from typing import Any

import requests


class LimitedSession(requests.Session):
    """Breaks off an answer that trickles for longer than `timeout`; without one, it waits for all of it."""

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
        started = time.monotonic()
        limit = options.get("timeout")
        reply = super().request(method, url, stream=True, **options)
        content = bytearray()
        for piece in reply.iter_content(512):
            content += piece
            if limit is not None and time.monotonic() - started > limit:
                reply.close()
                raise requests.Timeout(f"{url} trickles")
        reply._content = bytes(content)  # as requests itself keeps what it has read
        return reply
