"""Unchanged client code, and its calls to the vendors' own hosts come to a world.

Every call of `urllib3` (so of `requests`) and every one of `httpcore` (so of `httpx`) passes one place; while
a redirect is active, its hook stands there; what it does not know goes on untouched.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from importlib import import_module, util
from types import TracebackType
from typing import Any, Final, NamedTuple

from mockserver.contract.servers import Server, host_name
from mockserver.errors import RedirectRefusedError

LIBRARIES: Final = {"urllib3": ("urllib3",), "httpcore": ("httpcore", "anyio")}
"""The libraries that have a hook here, with what it needs."""

_LOCAL: Final = ("localhost", "[::1]")
_LOCK: Final = threading.RLock()


class Turned(NamedTuple):
    """Where a call goes: into an application if there is one, to which server (`http://host:port`) and path
    there, and the base URL of the vendor that its client called.
    """

    exchange: Any
    server: str
    path: str
    origin: str


@dataclass(eq=False)
class Redirect:
    """Sends calls to the vendors' own hosts to one world, from entering to leaving it (`with`).

    `doors` are pairs of a vendor's server and its base URL in the world; `app` is the WSGI application that
    serves the world in this process, if one does; `strict` refuses calls to any other host but this machine.
    Of several active ones the last that was entered and knows the host takes the call. Threads share them.
    """

    doors: Sequence[tuple[Server, str]]
    app: Any = None
    strict: bool = False
    exchange: Any = None
    """The application as the other end of connections without sockets, while it is active."""
    _hooks: list["Hook"] = field(default_factory=list, repr=False)

    def __enter__(self) -> "Redirect":
        """Starts it, for every library that is installed."""
        with _LOCK:
            if self._hooks:
                raise RuntimeError("this redirect is active already; make another one")
            if self.app is not None:
                self.exchange = import_module("mockserver.transports.in_memory_connection").Exchange(self.app)
            for library, needed in LIBRARIES.items():
                if all(util.find_spec(one) for one in needed):
                    for place, name, turning in import_module(f"{__name__}.{library}").PLACES:
                        self._hooks.append(Hook.join(place, name, turning, self))
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Ends it, and takes its hooks out if it was the last."""
        with _LOCK:
            while self._hooks:
                self._hooks.pop().leave(self)

    def turn(self, url: str) -> Turned | None:
        """Where a call to this URL goes; None if its host is no vendor's."""
        address, path = _split(url)
        for server, door in self.doors:
            if server.matches(_host(url)):
                base = (
                    server.base_path
                    if f"{path}/".startswith((f"{server.base_path}/", f"{server.base_path}?"))
                    else ""
                )
                there, prefix = _split(door)
                return Turned(self.exchange, there, prefix + path[len(base) :], address + base)
        return None

    def knows(self, host: str) -> bool:
        """Whether a strict one lets calls to this host pass: its own server, and this machine."""
        own = {_host(door) for _server, door in self.doors}
        return host in own or host in _LOCAL or host.startswith("127.")


Turning = Callable[[Callable[..., Any], Callable[[str], Turned | None]], Callable[..., Any]]
"""Makes the function that stands in for a library's own, given that and what says where a call goes."""


class Hook:
    """What stands in the place of one function of a library while redirects are active."""

    def __init__(self, place: type, name: str, turning: Turning) -> None:
        self._place, self._name = place, name
        self._original: Callable[..., Any] = getattr(place, name)
        self._active: tuple[Redirect, ...] = ()
        function: Any = turning(self._original, self._turn)
        self._function = wraps(self._original)(function)
        function.hook = self

    @classmethod
    def join(cls, place: type, name: str, turning: Turning, redirect: Redirect) -> "Hook":
        """The hook that stands there, or else a new one, with this redirect active in it."""
        hook = getattr(getattr(place, name), "hook", None)
        if hook is None:
            hook = cls(place, name, turning)
            setattr(place, name, hook._function)
        found: Hook = hook
        found._active = (*found._active, redirect)
        return found

    def leave(self, redirect: Redirect) -> None:
        """Without the redirect; without any, the function is the library's own again.

        Unless others have put theirs over ours: then it stays below, and lets everything pass.
        """
        self._active = tuple(one for one in self._active if one is not redirect)
        if not self._active and getattr(self._place, self._name) is self._function:
            setattr(self._place, self._name, self._original)

    def _turn(self, url: str) -> Turned | None:
        """Raises `RedirectRefusedError`."""
        active = self._active
        for redirect in reversed(active):
            turned = redirect.turn(url)
            if turned:
                return turned
        host = _host(url)
        if any(one.strict for one in active) and not any(one.knows(host) for one in active):
            fix = "fix its URL, name the host in redirect(hosts=…), or do not ask for strict"
            raise RedirectRefusedError(f"{host} is no host of a vendor of this world; {fix}")
        return None


def redirect(
    doors: Mapping[str, Mapping[str, Any]], app: Any, strict: bool, hosts: Mapping[str, str]
) -> Redirect:
    """For the doors of a world, `{vendor: {url, servers}}`, and further hosts or base URLs, `{host: vendor}`.

    Raises `ValueError` for a host of a vendor that is none.
    """
    found = []
    for host, vendor in hosts.items():
        if vendor not in doors:
            raise ValueError(f"no vendor is named {vendor!r}; there are: {', '.join(doors)}")
        found.append((Server.parse(host if "://" in host else f"https://{host}"), doors[vendor]["url"]))
    for door in doors.values():
        found += [(Server.parse(server), door["url"]) for server in door["servers"]]
    return Redirect(found, app, strict)


def _split(url: str) -> tuple[str, str]:
    """Scheme with host, and the rest."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority}", slash + path


def _host(url: str) -> str:
    return host_name(_split(url)[0].partition("://")[2])
