"""Options for TLS, and the certificates that they choose."""

import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import click

from mockserver import environment
from mockserver.errors import InvalidCertificateError
from mockserver.server.certificates import LocalAuthority, context_of_files


def tls_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of this module to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_OPTIONS: Final = (
    click.option(
        "--tls",
        is_flag=True,
        help="Serve https on the same port, with certificates of the local CA (see `mockserver ca`).",
    ),
    click.option("--tls-cert", type=_FILE, help="Serve https with this certificate chain (PEM) instead."),
    click.option("--tls-key", type=_FILE, help="The key of --tls-cert, if that file does not have it."),
)


def open_authority() -> LocalAuthority:
    """The local CA of this user."""
    try:
        return LocalAuthority.open(environment.data())
    except InvalidCertificateError as error:
        raise click.ClickException(str(error)) from error


def tls_context(
    tls: bool, certificate: Path | None, key: Path | None, hosts: Iterable[str]
) -> ssl.SSLContext | None:
    """The context that the options choose; None for a server without TLS."""
    if key is not None and certificate is None:
        raise click.ClickException("--tls-key is the key of a certificate; pass --tls-cert with it")
    if certificate is not None:
        try:
            return context_of_files(certificate, key)
        except InvalidCertificateError as error:
            raise click.ClickException(str(error)) from error
    return open_authority().context(hosts) if tls else None
