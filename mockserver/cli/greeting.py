"""The text that `mockserver serve` prints when it is ready."""

import shlex
import shutil
import socket
import sys
from collections.abc import Iterable

from mockserver import __version__
from mockserver.cli.vendor_summary import format_vendor
from mockserver.client import Control
from mockserver.server.access_control import is_loopback
from mockserver.server.listening import url_of

_EVERY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not listened on
_ELSEWHERE = ("192.0.2.1", 9)  # reserved for documentation: no packet is sent to it


def greeting(
    control: Control, token: str | None = None, reachable: str | None = None, *, is_https: bool = False
) -> str:
    """URL, console, token and, per vendor, URL, credentials and a curl.

    `token` is one that was generated, `reachable` the URL for other machines; `is_https`: the port speaks
    https too.
    """
    world = control.world()
    start = f"scenario {world.scenario}, seed {world.seed}, {world.people} people"
    parts = [
        f"mockserver {__version__} is ready at {control.url} ({start})",
        "",
        f"  console  {control.url}/",
    ]
    if reachable:
        parts.append(f"  reachable from other machines at {reachable}")
    if is_https:
        secure = control.url.replace("http:", "https:", 1)
        parts.append(f"  https    {secure}/ (trust the CA in the file that `mockserver ca` prints)")
    if token:
        parts.append(f"  token of the control API and the console:  {token}")
    parts.append("")
    for vendor in control.vendors():
        name, curl = vendor["name"], vendor["curl"] and _runnable(vendor["curl"])
        parts += [*format_vendor(name, vendor["url"], world.credentials(name), curl), ""]
    return "\n".join(parts)


def reachable_url(hosts: Iterable[str], port: int) -> str | None:
    """The URL under which other machines reach a server on these addresses; None if they cannot."""
    host = next((host for host in hosts if not is_loopback(host)), None)
    if host is None:
        return None
    return url_of(_own_address() if host in _EVERY_ADDRESS else host, port)


def nameable(hosts: Iterable[str]) -> list[str]:
    """The hosts that a certificate can name."""
    return [host for host in hosts if host not in _EVERY_ADDRESS]


def _own_address() -> str:
    """This machine's address in the network that leads elsewhere, or else its name."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(_ELSEWHERE)
            return str(probe.getsockname()[0])
    except OSError:
        return socket.gethostname()


def _runnable(curl: str) -> str:
    """The command, with this program where it calls `mockserver` and that is not on the PATH."""
    if shutil.which("mockserver"):
        return curl
    return curl.replace("$(mockserver ", f"$({shlex.quote(sys.executable)} -m mockserver ")
