"""The certification authorities that HTTPX trusts: read once, and not by each of a thousand clients."""

import os
import ssl
from functools import cache
from typing import Any

import httpx
import pytest

_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the clients of HTTPX that choose no certificates share a context: one takes 25 ms to make."""
    default: Any = httpx._transports.default
    make = default.create_ssl_context

    @cache
    def shared(trust_env: bool, files: tuple[str | None, ...]) -> ssl.SSLContext:
        context: ssl.SSLContext = make(trust_env=trust_env)
        return context

    def create(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
        if verify is True and cert is None:
            return shared(trust_env, tuple(map(os.environ.get, _VARIABLES)))
        context: ssl.SSLContext = make(verify, cert, trust_env)
        return context

    monkeypatch.setattr(default, "create_ssl_context", create)
