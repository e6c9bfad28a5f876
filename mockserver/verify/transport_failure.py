"""Explanations of why a request got no reply: the problem and its fix, from the exception."""

import socket
import ssl
from collections.abc import Callable
from http.client import RemoteDisconnected
from typing import Final, NamedTuple
from urllib.parse import urlsplit


class Explanation(NamedTuple):
    """A problem and its fix."""

    problem: str
    fix: str


Rule = tuple[tuple[type[BaseException], ...], Callable[[BaseException, str, float], Explanation]]


def explain_failure(error: BaseException, url: str, seconds: float) -> Explanation:
    """The explanation of an exception of a connection to the URL; `seconds` is its timeout."""
    for kinds, explain in _RULES:
        if isinstance(error, kinds):
            return explain(error, url, seconds)
    words = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return Explanation(f"invalid HTTP: {words}", "check that --url is an HTTP service, not another one")


def _address(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _refused(_error: BaseException, url: str, _seconds: float) -> Explanation:
    return Explanation(
        f"connection refused: nothing listens at {_address(url)}", "start the service, or correct --url"
    )


def _unknown_host(_error: BaseException, url: str, _seconds: float) -> Explanation:
    return Explanation(
        f"the host name {urlsplit(url).hostname} cannot be resolved", "correct --url, or check the DNS"
    )


def _untrusted(error: BaseException, _url: str, _seconds: float) -> Explanation:
    reason = getattr(error, "verify_message", "") or "verification failed"
    return Explanation(
        f"TLS certificate not trusted: {reason}",
        "use the host name of the certificate, or set SSL_CERT_FILE to the CA that signed it",
    )


def _no_tls(error: BaseException, _url: str, _seconds: float) -> Explanation:
    reason = getattr(error, "reason", None) or str(error)
    return Explanation(f"TLS failed: {reason}", "check whether --url is https:// or http://, and its port")


def _timed_out(_error: BaseException, _url: str, seconds: float) -> Explanation:
    return Explanation(
        f"timeout: not complete after {seconds:g} s", "check the service and --url, or raise --timeout"
    )


def _disconnected(_error: BaseException, _url: str, _seconds: float) -> Explanation:
    return Explanation(
        "the connection was closed before the reply was complete", "check the service's own log"
    )


def _unsendable(_error: BaseException, _url: str, _seconds: float) -> Explanation:
    # Without the words of the exception: they quote the header, which may be a credential.
    return Explanation("the request cannot be sent: a header is not valid in HTTP", "correct the credentials")


def _unreachable(error: BaseException, url: str, _seconds: float) -> Explanation:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Explanation(f"cannot connect to {_address(url)}: {reason}", "check the network, or correct --url")


_RULES: Final[tuple[Rule, ...]] = (
    ((ConnectionRefusedError,), _refused),
    ((UnicodeEncodeError,), _unsendable),
    ((socket.gaierror, UnicodeError), _unknown_host),
    ((ssl.SSLCertVerificationError,), _untrusted),
    ((TimeoutError,), _timed_out),
    ((ssl.SSLEOFError,), _disconnected),
    ((ssl.SSLError,), _no_tls),
    ((RemoteDisconnected, ConnectionError), _disconnected),
    ((OSError,), _unreachable),
    ((ValueError,), _unsendable),
)
"""The first rule with the exception's class applies, so subclasses come first."""
