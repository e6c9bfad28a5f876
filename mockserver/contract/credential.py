"""The credential fields of a vendor, and the headers that carry them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class CredentialSpec:
    """One credential field: the security scheme that presents it (if any) and how it is minted.

    `tenant` is the organisation that it belongs to, where the vendor has several; "" is the world's first.
    `beside` is the field that it is paired with, such as the user name of a password. `value` is the one of
    the default world, where an overlay gives it.
    """

    name: str
    scheme: str | None
    mint: str
    tenant: str = ""
    beside: str | None = None
    value: str | None = None


class CredentialHeader(NamedTuple):
    """A credential field that is sent in a header.

    `name` is the header as the vendor writes it, `header` the same in lower case for lookups; `bearer` is
    whether the value is preceded by the word Bearer.
    """

    field: CredentialSpec
    name: str
    header: str
    bearer: bool


def read_credentials(root: Mapping[str, Any], values: Mapping[str, str]) -> tuple[CredentialSpec, ...]:
    """The credential fields of a document (`x-credentials`), some with their values in the default world."""
    return tuple(
        CredentialSpec(
            name,
            spec.get("scheme"),
            spec["mint"],
            spec.get("tenant", ""),
            spec.get("beside"),
            values.get(name),
        )
        for name, spec in root.get("x-credentials", {}).items()
    )


def read_credential_headers(
    credentials: Iterable[CredentialSpec], schemes: Mapping[str, Mapping[str, Any]]
) -> tuple[CredentialHeader, ...]:
    """The credential fields that are sent in a header; `schemes` are the security schemes by name."""
    found = []
    for one in credentials:
        scheme = schemes.get(one.scheme or "", {})
        if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
            found.append(CredentialHeader(one, str(scheme["name"]), str(scheme["name"]).lower(), False))
        elif scheme.get("type") == "http" and scheme.get("scheme") == "bearer":
            found.append(CredentialHeader(one, "Authorization", "authorization", True))
    return tuple(found)
