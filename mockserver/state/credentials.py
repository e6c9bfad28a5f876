"""Credentials of a world: registered at its creation, minted later, revoked, expired by its clock.

A revoked or expired credential still identifies its world, so that the rejected call is in the right journal.
"""

import hashlib
import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Final, NotRequired, Protocol, TypedDict

import orjson

from mockserver.errors import InvalidVendorError, Problem
from mockserver.formats import yaml_cache
from mockserver.formats.bounded_text import as_key
from mockserver.formats.secret_mark import mark
from mockserver.formats.timestamps import from_iso, to_iso
from mockserver.homes import homes
from mockserver.storage.layout import CREDENTIAL, ROOT_SPACE
from mockserver.storage.store import Cursor, Row, Store

MAX_CREDENTIALS: Final = 1000
"""The most credentials a world may have, revoked and expired ones included."""

_AFTER_ISSUED: Final = Cursor(1, "")
"""Credentials that vendors issue themselves (sessions, say) have the rank 0 and come before this cursor."""


class KnownCredential(TypedDict):
    """The stored record of a credential: its world, and the field and value that a caller presents.

    `tenant` is the customer of the vendor that it belongs to, if not the first. Credentials that a vendor
    issues itself (sessions, say) have only these members. The others also have `fields` (the presented one
    and those that go with it), `created` and `expires` (ISO, None: never) by the world's clock, `minted`
    (added after the world's creation) and `revoked`.
    """

    world: str
    vendor: str
    field: str
    value: str
    tenant: NotRequired[str]
    id: NotRequired[str]
    fields: NotRequired[dict[str, str]]
    minted: NotRequired[bool]
    revoked: NotRequired[bool]
    created: NotRequired[str]
    expires: NotRequired[str | None]


class CredentialField(Protocol):
    """One field of a vendor's credentials: how it is presented, and the form of a new value."""

    @property
    def name(self) -> str:
        """The name of the field."""

    @property
    def scheme(self) -> str | None:
        """The security scheme that presents it; None if it goes with another field."""

    @property
    def mint(self) -> str:
        """The form of a new value; `{hex}` and `{uuid}` are filled in."""

    @property
    def tenant(self) -> str:
        """The customer it belongs to, if the vendor has several; "" is the first."""

    @property
    def beside(self) -> str | None:
        """The field that it goes with, as a password with its user name; None if there is none."""

    @property
    def value(self) -> str | None:
        """Its value in the default world, where an overlay gives it."""


class CredentialOwner(Protocol):
    """The part of a vendor that this module needs."""

    @property
    def credentials(self) -> Sequence[CredentialField]:
        """The fields of its credentials."""


def is_valid(known: KnownCredential, now: datetime) -> bool:
    """Whether the credential is neither revoked nor expired."""
    expires = known.get("expires")
    return not known.get("revoked") and (expires is None or now < from_iso(expires))


def generate(vendor: CredentialOwner) -> dict[str, str]:
    """A new value for every field."""
    return {field.name: _generate_value(field) for field in vendor.credentials}


def generate_all(vendors: Mapping[str, CredentialOwner], *, is_default: bool) -> dict[str, dict[str, str]]:
    """New credentials of a world, by vendor; those of the default world are fixed."""
    if not is_default:
        return {name: generate(vendor) for name, vendor in vendors.items()}
    fixed = default_world_credentials(vendors)
    given = {name: account_credentials(vendor) for name, vendor in vendors.items()}
    return {name: (fixed.get(name) or generate(vendors[name])) | given[name] for name in vendors}


def account_credentials(vendor: CredentialOwner) -> dict[str, str]:
    """The values in the default world that an overlay gives."""
    return {field.name: field.value for field in vendor.credentials if field.value is not None}


def generate_secret(seed: int | None) -> str:
    """A new secret of a world; with a seed, that of the default world: the same on every server."""
    if seed is None:
        return mark(secrets.token_hex(32))
    return mark(hashlib.sha256(f"{seed}/secret".encode()).hexdigest())


def default_world_credentials(vendors: Iterable[str] | None = None) -> dict[str, dict[str, str]]:
    """The credentials of the default world, by vendor; of all vendors, or of these.

    Raises `InvalidVendorError` for a vendor from outside whose file has something else.
    """
    known = homes().found
    wanted = [known[name] for name in known if vendors is None or name in vendors]
    files = {home.fixtures / "credentials.yaml" for home in wanted}
    read = {file: yaml_cache.read(file) if file.is_file() else {} for file in files}
    found: dict[str, dict[str, str]] = {}
    for home in wanted:
        file = home.fixtures / "credentials.yaml"
        own = read[file].get(home.name, {}) if isinstance(read[file], dict) else None
        if not isinstance(own, dict) or not all(isinstance(value, str) for value in own.values()):
            fix = f"write `{home.name}:` and below it lines such as `api_key: a-key`"
            raise InvalidVendorError(home.label, f"{file} has no texts by the names of credentials", fix)
        if own:
            found[home.name] = own
    return found


def find(store: Store, vendor: str, field: str, value: str) -> KnownCredential | None:
    """The record of a presented credential, valid or not; None if it is unknown."""
    row = store.space(ROOT_SPACE).get(CREDENTIAL, _id(vendor, field, value))
    found: KnownCredential | None = orjson.loads(row.body or b"{}") if row else None
    return found


class Credentials:
    """The credentials of one world; `now` reads the world's clock."""

    def __init__(
        self, store: Store, vendors: Mapping[str, CredentialOwner], world: str, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._root = store.space(ROOT_SPACE)
        self._vendors = vendors
        self._world = world
        self._now = now

    def register(self, credentials: Mapping[str, Mapping[str, str]]) -> None:
        """Registers the credentials that the world is created with, by vendor and field."""
        created, ranks = self._now(), count(self._next_rank())
        for vendor, values in credentials.items():
            for kind in _kinds(self._vendors[vendor]):
                if kind.name in values:
                    fields = {name: values[name] for name in _field_group(self._vendors[vendor], kind)}
                    self._add(next(ranks), vendor, kind, fields, created, None, minted=False)

    def mint(
        self, vendor: str, kind: str | None = None, tenant: str | None = None, expires: datetime | None = None
    ) -> KnownCredential:
        """Adds a credential of the kind (the field that is presented), by default the tenant's first kind.

        Raises the problems unknown_credential_kind and too_many_credentials.
        """
        owner = self._vendors[vendor]
        chosen = _choose_kind(vendor, owner, kind, tenant)
        with self._store.transaction():
            if sum(1 for _ in self._rows()) >= MAX_CREDENTIALS:
                raise Problem("too_many_credentials", world=self._world, most=MAX_CREDENTIALS)
            names = _field_group(owner, chosen)
            fields = {
                field.name: _generate_value(field) for field in owner.credentials if field.name in names
            }
            return self._add(self._next_rank(), vendor, chosen, fields, self._now(), expires, minted=True)

    def all(self) -> list[KnownCredential]:
        """All registered and minted credentials, the oldest first, invalid ones included."""
        return [orjson.loads(row.body or b"{}") for row in self._rows()]

    def revoke(self, id: str) -> None:
        """Revokes a credential. Raises the problem unknown_credential, also if it is already revoked."""
        with self._store.transaction():
            for row in self._rows():
                known = orjson.loads(row.body or b"{}")
                if known["id"] == id and not known["revoked"]:
                    self._put(row, known | {"revoked": True})
                    return
        raise Problem("unknown_credential", credential=id, world=self._world)

    def restore(self) -> None:
        """Makes the credentials that the world was created with valid again."""
        for row in self._rows():
            known = orjson.loads(row.body or b"{}")
            if known["revoked"] and not known["minted"]:
                self._put(row, known | {"revoked": False})

    def _next_rank(self) -> int:
        return max(self._root.last_rank(CREDENTIAL, self._world), _AFTER_ISSUED.rank - 1) + 1

    def _add(
        self,
        rank: int,
        vendor: str,
        kind: CredentialField,
        fields: dict[str, str],
        created: datetime,
        expires: datetime | None,
        *,
        minted: bool,
    ) -> KnownCredential:
        value = fields[kind.name]
        known: KnownCredential = {"world": self._world, "vendor": vendor, "field": kind.name, "value": value}
        if kind.tenant:
            known["tenant"] = kind.tenant
        known |= {"id": f"credential-{rank}", "fields": fields, "minted": minted, "revoked": False}
        known |= {"created": to_iso(created), "expires": to_iso(expires) if expires else None}
        self._put(Row(_id(vendor, kind.name, value), self._world, rank, None), known)
        return known

    def _put(self, row: Row, known: KnownCredential) -> None:
        self._root.put(CREDENTIAL, row._replace(body=orjson.dumps(known)))

    def _rows(self) -> Iterator[Row]:
        yield from self._root.page(CREDENTIAL, self._world, limit=2 * MAX_CREDENTIALS, after=_AFTER_ISSUED)


def _id(vendor: str, field: str, value: str) -> str:
    return f"{vendor}/{field}/{as_key(value)}"


def _generate_value(field: CredentialField) -> str:
    # Marked, so that the value is recognized and redacted wherever a caller puts it.
    return field.mint.format(hex=mark(secrets.token_hex(16)), uuid=mark(str(uuid.uuid4())))


def _kinds(vendor: CredentialOwner) -> list[CredentialField]:
    """The fields that a caller presents."""
    return [field for field in vendor.credentials if field.scheme]


def _field_group(vendor: CredentialOwner, kind: CredentialField) -> list[str]:
    """The names of the kind's field and of those that go with it."""
    return [kind.name, *(field.name for field in vendor.credentials if field.beside == kind.name)]


def _choose_kind(name: str, vendor: CredentialOwner, kind: str | None, tenant: str | None) -> CredentialField:
    for field in _kinds(vendor):
        fits = field.tenant == (tenant or "") if kind is None else field.name == kind
        if fits and tenant in (None, field.tenant):
            return field
    known = [f"{one.name} (tenant {one.tenant})" if one.tenant else one.name for one in _kinds(vendor)]
    wanted = [f"the kind {kind!r}"] * (kind is not None) + [f"the tenant {tenant!r}"] * (tenant is not None)
    raise Problem(
        "unknown_credential_kind",
        vendor=name,
        wish=" and ".join(wanted) or "that kind",
        known=", ".join(known),
    )
