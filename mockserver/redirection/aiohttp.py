"""Redirect hook for aiohttp: `ClientSession._request`."""

from collections.abc import Callable
from typing import Any, Final

import aiohttp
from yarl import URL

from mockserver.contract.servers import ORIGIN_HEADER
from mockserver.errors import RedirectRefusedError
from mockserver.redirection import RedirectTarget


def _make_request(
    original: Callable[..., Any], find_target: Callable[[str], RedirectTarget | None]
) -> Callable[..., Any]:
    async def request(self: aiohttp.ClientSession, method: str, url: Any, **options: Any) -> Any:
        asked = self._build_url(url).update_query(options.get("params") or {})
        try:
            target = find_target(str(asked))
        except RedirectRefusedError as error:
            raise aiohttp.ClientConnectionError(str(error)) from error
        if target is None:
            return await original(self, method, url, **options)
        options |= {"params": None, "proxy": None, "headers": _headers(options.get("headers"), target)}
        kept = {name: one.value for name, one in self.cookie_jar.filter_cookies(asked).items()}
        options["cookies"] = {**kept, **dict(options.get("cookies") or {})}
        reply = await original(self, method, URL(_server(target) + target.path, encoded=True), **options)
        # Cookies are those of the vendor's host, which the client called.
        self.cookie_jar.update_cookies(reply.cookies, asked)
        reply._url = reply._real_url = asked
        for name in ("url", "url_obj", "real_url", "host"):
            reply._cache.pop(name, None)
        return reply

    return request


PATCH_POINTS: Final = ((aiohttp.ClientSession, "_request", _make_request),)
"""Class, method and hook factory of each function that is replaced."""


def _server(target: RedirectTarget) -> str:
    """The server of the world; an application in this process is served over loopback, as aiohttp needs."""
    return target.server if target.in_memory_server is None else str(target.in_memory_server.url)


def _headers(given: Any, target: RedirectTarget) -> list[tuple[str, str]]:
    items = given.items() if hasattr(given, "items") else given or ()
    kept = [(str(name), value) for name, value in items if str(name).lower() != "host"]
    return [*kept, (ORIGIN_HEADER, target.origin)]
