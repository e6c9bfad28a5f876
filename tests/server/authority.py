"""A local CA for tests, and clients over TLS that trust it."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mockserver.server.certificates import LocalAuthority
from tests.server.wire import PATIENCE


def trusting(authority: LocalAuthority) -> ssl.SSLContext:
    """The context of a client that trusts the CA and nothing else."""
    return ssl.create_default_context(cadata=authority.certificate.decode())


@contextmanager
def over_tls(
    line: socket.socket, authority: LocalAuthority, host: str, *protocols: str
) -> Iterator[ssl.SSLSocket]:
    """TLS to the host on a connection; `protocols` are offered by ALPN."""
    context = trusting(authority)
    if protocols:
        context.set_alpn_protocols(protocols)
    line.settimeout(PATIENCE)
    with context.wrap_socket(line, server_hostname=host) as secure:
        yield secure


def new_authority(folder: Path) -> LocalAuthority:
    """A CA in a folder of its own."""
    return LocalAuthority.open(folder / "data")
