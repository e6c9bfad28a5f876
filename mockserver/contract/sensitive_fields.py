"""The names that a contract declares secret; the values of fields with these names are redacted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from mockserver.contract.document import Document

_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
_MIN_PREFIX: Final = 4
_PROSE: Final = frozenset({"example", "examples", "default", "const", "enum"})


@dataclass(frozen=True)
class SensitiveFields:
    """Names, in lower case, of the headers, query parameters and body members that carry secrets.

    `prefixes` match further query parameters: a signature may be sent in the query too. `stems` are parts of
    further names. `value_prefixes` are the starts of secret values, `values` are some values themselves.
    """

    headers: frozenset[str] = _HEADERS
    query: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    value_prefixes: tuple[str, ...] = ()
    values: frozenset[str] = frozenset()

    def __or__(self, other: "SensitiveFields") -> "SensitiveFields":
        return SensitiveFields(
            *(_union(getattr(self, one.name), getattr(other, one.name)) for one in fields(self))
        )


def _union(ours: Any, theirs: Any) -> Any:
    return ours | theirs if isinstance(ours, frozenset) else tuple(sorted({*ours, *theirs}))


COMMON: Final = SensitiveFields(
    members=frozenset(
        {
            *("access_key", "access_token", "api_key", "api_secret", "api_token", "auth", "auth_token"),
            *("authorization", "bearer", "client_secret", "consumer_secret", "credentials", "csrf_token"),
            *("id_token", "jwt", "oauth_signature", "oauth_token", "pass", "passphrase", "password"),
            *("private_key", "pwd", "refresh_token", "secret", "secret_key", "session_id", "session_token"),
            *("sig", "signature", "token", "x_amz_credential", "x_amz_security_token", "x_amz_signature"),
        }
    ),
    prefixes=("oauth_",),
    stems=(
        "accesskey",
        "apikey",
        "authoris",
        "authoriz",
        "credential",
        "passphrase",
        "passwd",
        "password",
        "privatekey",
        "secret",
        "signature",
        "token",
    ),
)
"""What callers send to any API: names of HTTP, OAuth and signed URLs, and usual words for secrets."""


def read_sensitive_fields(document: Document) -> SensitiveFields:
    """The security schemes, and every field whose schema has `format: password` or `writeOnly`."""
    schemes = [
        *map(document.resolve, document.root.get("components", {}).get("securitySchemes", {}).values())
    ]
    keys = [(one.get("in"), str(one.get("name")).lower()) for one in schemes if one.get("type") == "apiKey"]
    names = [*keys, *_secret_names(document, document.root)]
    signed = any(one.get("type") == "http" and one.get("scheme") == "oauth" for one in schemes)
    credentials = document.root.get("x-credentials", {})
    return SensitiveFields(
        headers=_HEADERS | {name for location, name in names if location == "header"},
        query=frozenset(name for location, name in names if location == "query"),
        members=frozenset(name for location, name in names if location == "body")
        | frozenset(_secret_credentials(credentials)),
        prefixes=("oauth_",) if signed else (),
        value_prefixes=tuple(sorted({*_value_prefixes(credentials)})),
    )


def _secret_credentials(credentials: Mapping[str, Any]) -> Iterator[str]:
    """The names of credential fields, without those (a user name, say) that are paired with a secret."""
    public = {spec.get("beside") for spec in credentials.values()}
    return (name.lower() for name in credentials if name not in public)


def _value_prefixes(credentials: Mapping[str, Any]) -> Iterator[str]:
    """The texts with which the values of credentials begin."""
    for spec in credentials.values():
        yield from spec.get("prefixes", ())
        minted = str(spec["mint"]).partition("{")[0]
        if len(minted) >= _MIN_PREFIX:
            yield minted


def is_secret(document: Document, schema: Any) -> bool:
    """Whether the schema declares its value secret."""
    schema = document.resolve(schema)
    if not isinstance(schema, Mapping):
        return False
    parts = [one for word in ("allOf", "anyOf", "oneOf") for one in schema.get(word, ())]
    declared = schema.get("format") == "password" or schema.get("writeOnly") is True
    return declared or any(is_secret(document, part) for part in parts)


def _secret_names(document: Document, root: Any) -> set[tuple[str, str]]:
    """Location and name of every secret parameter and property of the document."""
    found: set[tuple[str, str]] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            location, name = node.get("in"), node.get("name")
            if (
                isinstance(location, str)
                and isinstance(name, str)
                and is_secret(document, node.get("schema"))
            ):
                found.add((location, name.lower()))
            properties = node.get("properties")
            for name, schema in properties.items() if isinstance(properties, dict) else ():
                if is_secret(document, schema):
                    found.add(("body", name.lower()))
            waiting += [below for member, below in node.items() if member not in _PROSE]
    return found
