"""Redirects calls for the vendors' own hosts to a world, without changes to the client code.

While a redirect is active, hooks replace the functions that every call of urllib3 (so of requests), its fork
urllib3-future (so of niquests), httpcore (so of httpx), http.client (so of urllib.request) and aiohttp passes
through. Calls to unknown hosts are passed on unchanged.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from importlib import import_module, util
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Final, NamedTuple, TypedDict

from mockserver.contract.servers import Server, host_name
from mockserver.errors import RedirectRefusedError, UnknownVendorError
from mockserver.redirection.calling_line import calling_line

LIBRARIES: Final[dict[str, tuple[str, ...]]] = {
    "urllib3": ("urllib3",),
    "urllib3_future": ("urllib3_future",),
    "httpcore": ("httpcore", "anyio"),
    "aiohttp": ("aiohttp",),
    "http_client": (),
}
"""The supported libraries, each with the packages that its hook needs."""

_LOCK: Final = threading.RLock()


class VendorAddress(TypedDict):
    """The base URL of a vendor in a world, and the servers of its contract."""

    url: str
    servers: list[str]


class RedirectTarget(NamedTuple):
    """Where a call is redirected to.

    `in_memory_server` is the application that takes the call in this process, None to call over the network;
    `server` (`http://host:port`) and `path` are the URL in the world; `origin` is the vendor's base URL that
    the client called.
    """

    in_memory_server: Any
    server: str
    path: str
    origin: str


@dataclass(eq=False)
class Redirect:
    """A context manager that redirects calls for the vendors' own hosts to one world, in all threads.

    `routes` are pairs of a vendor's server and its base URL in the world; `app` is the WSGI application that
    serves the world, if it runs in this process; `strict` refuses calls to any other host except this
    machine. If several redirects are active, the last one entered that knows the host takes the call.
    """

    routes: Sequence[tuple[Server, str]]
    app: Any = None
    strict: bool = False
    in_memory_server: Any = None
    """The in-memory server of `app`, while the redirect is active."""
    _hooks: list["Hook"] = field(default_factory=list, repr=False)

    def __enter__(self) -> "Redirect":
        """Install the hooks in every supported library that is installed. Raises `RuntimeError` if active."""
        with _LOCK:
            if self._hooks:
                raise RuntimeError("this redirect is already active; create another one")
            if self.app is not None:
                module = import_module("mockserver.transports.in_memory_connection")
                self.in_memory_server = module.InMemoryServer(self.app)
            for library, packages in LIBRARIES.items():
                if all(util.find_spec(package) for package in packages):
                    for owner, name, factory in import_module(f"{__name__}.{library}").PATCH_POINTS:
                        self._hooks.append(Hook.install(owner, name, factory, self))
            if self.strict:
                import_module(f"{__name__}.socket_guard").socket_guard().enter(self, self._remote_hosts)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End the redirect; the hooks are removed with the last active redirect."""
        with _LOCK:
            while self._hooks:
                self._hooks.pop().uninstall(self)
            if self.strict:
                import_module(f"{__name__}.socket_guard").socket_guard().leave(self)
            if self.in_memory_server is not None:
                self.in_memory_server.stop()

    def find_target(self, url: str) -> RedirectTarget | None:
        """Where a call to this URL is redirected to; None if no route has its host."""
        address, path = _split(url)
        for server, world_url in self.routes:
            if server.matches(_host(url)):
                has_base = f"{path}/".startswith((f"{server.base_path}/", f"{server.base_path}?"))
                base = server.base_path if has_base else ""
                world_server, prefix = _split(world_url)
                world_path = prefix + path[len(base) :]
                return RedirectTarget(self.in_memory_server, world_server, world_path, address + base)
        return None

    def allows(self, host: str) -> bool:
        """Whether a strict redirect passes calls to this host: the mock server's, and this machine."""
        return host in self._world_hosts or _is_this_machine(host)

    @property
    def _remote_hosts(self) -> set[str]:
        return {host for host in self._world_hosts if not _is_this_machine(host)}

    @property
    def _world_hosts(self) -> set[str]:
        return {_host(world_url) for _server, world_url in self.routes}


HookFactory = Callable[[Callable[..., Any], Callable[[str], RedirectTarget | None]], Callable[..., Any]]
"""Creates the replacement of a library's function, from that function and the lookup of redirect targets."""


class Hook:
    """The replacement of one library function while redirects are active."""

    def __init__(self, owner: type, name: str, factory: HookFactory) -> None:
        self._owner, self._name = owner, name
        self._original: Callable[..., Any] = getattr(owner, name)
        self._active: tuple[Redirect, ...] = ()
        function: Any = factory(self._original, self._find_target)
        self._function = wraps(self._original)(function)
        function.hook = self

    @classmethod
    def install(cls, owner: type, name: str, factory: HookFactory, redirect: Redirect) -> "Hook":
        """Activate the redirect in the installed hook, or in a new one."""
        hook = getattr(getattr(owner, name), "hook", None)
        if hook is None:
            hook = cls(owner, name, factory)
            setattr(owner, name, hook._function)
        found: Hook = hook
        found._active = (*found._active, redirect)
        return found

    def uninstall(self, redirect: Redirect) -> None:
        """Deactivate the redirect; after the last one, restore the library's function.

        If other code has replaced the hook in the meantime, the hook stays below it and passes every call on.
        """
        self._active = tuple(active for active in self._active if active is not redirect)
        if not self._active and getattr(self._owner, self._name) is self._function:
            setattr(self._owner, self._name, self._original)

    def _find_target(self, url: str) -> RedirectTarget | None:
        """The target of the latest redirect that has one. Raises `RedirectRefusedError`."""
        active = self._active
        for redirect in reversed(active):
            target = redirect.find_target(url)
            if target:
                return target
        host = _host(url)
        if any(redirect.strict for redirect in active) and not any(one.allows(host) for one in active):
            fix = "fix the URL, add the host with redirect(hosts=…), or do not use strict"
            what = f"{host} is not a host of a vendor of this world{calling_line()}"
            raise RedirectRefusedError(f"{what}; {fix}")
        return None


def create_redirect(
    vendors: Mapping[str, VendorAddress], app: Any, strict: bool, hosts: Mapping[str, str]
) -> Redirect:
    """The redirect for a world's vendors (`{vendor: {url, servers}}`) and further hosts (`{host: vendor}`).

    A host may also be a base URL. Raises `UnknownVendorError` for an unknown vendor in `hosts`.
    """
    routes = []
    for host, vendor in hosts.items():
        if vendor not in vendors:
            raise UnknownVendorError(vendor, vendors)
        url = host if "://" in host else f"https://{host}"
        routes.append((Server.parse(url), vendors[vendor]["url"]))
    for address in vendors.values():
        routes += [(Server.parse(server), address["url"]) for server in address["servers"]]
    return Redirect(routes, app, strict)


def _is_this_machine(host: str) -> bool:
    """Whether the host is a loopback address or localhost; other names, such as 127.example.com, are not."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _split(url: str) -> tuple[str, str]:
    """Scheme with host, and the rest of the URL."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority}", slash + path


def _host(url: str) -> str:
    return host_name(_split(url)[0].partition("://")[2])
