"""Certificates for TLS: of files, or issued for each host name by a local certificate authority (CA)."""

import ssl
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from mockserver.errors import InvalidCertificateError
from mockserver.formats.private_folder import find_private, write_privately

_VALID: Final = timedelta(days=397)  # as long as every client accepts
_MAX_HOSTS: Final = 256
_MARK: Final = b"-----BEGIN CERTIFICATE-----"
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def context_of_files(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """The context of a certificate chain and its key, which may be in the same file.

    Raises `InvalidCertificateError`.
    """
    context = _new_context()
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # SSLError too
        files = " and ".join(str(one) for one in (certificate, key) if one)
        fix = "pass a PEM file with the chain as --tls-cert and its key, without a password, as --tls-key"
        raise InvalidCertificateError(f"cannot use {files} for TLS ({error}); {fix}") from None
    return context


class LocalAuthority:
    """The CA of this user: `path` is its certificate, to be trusted by clients; its key stays beside it."""

    def __init__(self, authority: Any, path: Path) -> None:
        self._authority = authority
        self.path = path

    @classmethod
    def open(cls, folder: Path | None) -> "LocalAuthority":
        """The CA that is kept in the folder, made if there is none. Raises `InvalidCertificateError`."""
        own = find_private(folder) if folder else None
        if own is None:
            fix = "set XDG_DATA_HOME to a folder of this user"
            raise InvalidCertificateError(f"no folder to keep the local CA in; {fix}")
        kept, public = own / "ca-key.pem", own / "ca.pem"
        try:
            authority = _read(kept) if kept.exists() else _create(kept)
            if not public.exists() or public.read_bytes() != authority.cert_pem.bytes():
                public.write_bytes(authority.cert_pem.bytes())
        except OSError as error:
            fix = "make it readable, or delete it for a new CA"
            raise InvalidCertificateError(f"cannot read the local CA in {kept} ({error}); {fix}") from None
        return cls(authority, public)

    @property
    def certificate(self) -> bytes:
        """Its certificate, as PEM."""
        pem: bytes = self._authority.cert_pem.bytes()
        return pem

    def context(self, hosts: Iterable[str] = LOOPBACK) -> ssl.SSLContext:
        """A context that serves every host that a client names (SNI) with a certificate of its own.

        `hosts` are in the certificate for clients that name none.
        """
        unnamed = self._issue(*dict.fromkeys((*LOOPBACK, *hosts)))
        issue = lru_cache(_MAX_HOSTS)(self._issue)

        def choose(connection: ssl.SSLObject, host: str | None, _context: ssl.SSLContext) -> None:
            # A name that cannot be in a certificate gets the one for clients that name none.
            with suppress(ValueError):
                if host and host not in LOOPBACK:
                    connection.context = issue(host)

        unnamed.sni_callback = choose
        return unnamed

    def _issue(self, *hosts: str) -> ssl.SSLContext:
        """A context with a new certificate for these hosts. Raises `ValueError` for an impossible name."""
        now = datetime.now(UTC)
        issued = self._authority.issue_cert(
            *hosts,
            organization_name="mockserver",
            organization_unit_name="local test server",
            not_before=now - timedelta(days=1),
            not_after=now + _VALID,
        )
        context = _new_context()
        issued.configure_cert(context)
        return context


def _new_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _read(kept: Path) -> Any:
    trustme, content = _trustme(), kept.read_bytes()
    key, mark, certificate = content.partition(_MARK)
    try:
        return trustme.CA.from_pem(mark + certificate, key)
    except (ValueError, TypeError) as error:
        fix = "delete it for a new CA"
        raise InvalidCertificateError(f"{kept} has no CA and its key ({error}); {fix}") from None


def _create(kept: Path) -> Any:
    """A new CA, unless another process is faster; key and certificate appear at once, in one file."""
    authority = _trustme().CA(
        organization_name="mockserver", organization_unit_name="local test CA", path_length=0
    )
    new = kept.with_name(f".{kept.name}.{uuid4().hex}")
    write_privately(new, authority.private_key_pem.bytes() + authority.cert_pem.bytes())
    try:
        kept.hardlink_to(new)
    except FileExistsError:
        return _read(kept)
    finally:
        new.unlink(missing_ok=True)
    return authority


def _trustme() -> Any:
    try:
        import trustme  # optional: it brings the cryptography library
    except ModuleNotFoundError as missing:
        fix = "pip install 'audience-mockserver[tls]', or pass --tls-cert"
        raise InvalidCertificateError(f"TLS needs {missing.name}, which is not installed; {fix}") from missing
    return trustme
