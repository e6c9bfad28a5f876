"""What lets callers into a world: given at its start, minted later, revoked, expired by its clock.

One that has ended still leads to its world, so that the refusal stands in the right journal.
"""

import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any, Final, Protocol

import orjson

from mockserver.errors import Problem
from mockserver.formats import yaml_loader
from mockserver.formats.timestamps import from_iso, to_iso
from mockserver.paths import fixtures
from mockserver.storage.store import Cursor, Row, Store

MAX_CREDENTIALS: Final = 1000
"""So many credentials a world may have, ended ones included."""

_ROOT: Final = ""
_KIND: Final = "_credential"
_SESSIONS: Final = Cursor(1, "")
"""What vendors issue themselves (sessions, say) has the rank 0 and stands before this."""

KnownCredential = dict[str, Any]
"""What the server knows of a credential: world, vendor, field, value; tenant where it is another's.

Those that a person was given have id, fields (with what goes beside), minted, created, expires, revoked too.
"""


class CredentialField(Protocol):
    """One field of a vendor's credentials: what presents it, and how a new one is made."""

    @property
    def name(self) -> str:
        """What the field is called."""

    @property
    def scheme(self) -> str | None:
        """The security scheme that presents it, if one does by itself."""

    @property
    def mint(self) -> str:
        """The form of a new one: `{hex}` and `{uuid}` are filled in."""

    @property
    def tenant(self) -> str:
        """Whose it is, where a vendor has several customers; "" is the first."""

    @property
    def beside(self) -> str | None:
        """The field that it goes with (a password with its user's name), if it does."""


class CredentialOwner(Protocol):
    """What has to be known of a vendor to make its credentials."""

    @property
    def credentials(self) -> Sequence[CredentialField]:
        """Their fields."""


def is_valid(known: KnownCredential, now: datetime) -> bool:
    """Whether a credential still opens anything: neither revoked nor expired."""
    expires = known.get("expires")
    return not known.get("revoked") and (expires is None or now < from_iso(expires))


def generate(vendor: CredentialOwner) -> dict[str, str]:
    """A new value for every field."""
    return {field.name: _drawn(field) for field in vendor.credentials}


def default_world_credentials() -> dict[str, dict[str, str]]:
    """Those of the default world, by vendor."""
    given: dict[str, dict[str, str]] = yaml_loader.read(fixtures() / "credentials.yaml")
    return given


def find(store: Store, vendor: str, field: str, value: str) -> KnownCredential | None:
    """What the server knows of a presented credential, whether or not it still holds."""
    row = store.get(_ROOT, _KIND, _id(vendor, field, value))
    found: KnownCredential | None = orjson.loads(row.body or b"{}") if row else None
    return found


class Credentials:
    """Those of one world; `now` reads the world's clock."""

    def __init__(
        self, store: Store, vendors: Mapping[str, CredentialOwner], world: str, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._root = store.space(_ROOT)
        self._vendors = vendors
        self._world = world
        self._now = now

    def register(self, credentials: Mapping[str, Mapping[str, str]]) -> None:
        """Lets in who presents these, by vendor and field: those that the world is made with."""
        created, ranks = self._now(), count(self._next_rank())
        for name, values in credentials.items():
            for kind in _kinds(self._vendors[name]):
                if kind.name in values:
                    fields = {one: values[one] for one in _together(self._vendors[name], kind)}
                    self._add(next(ranks), name, kind, fields, created, None, minted=False)

    def mint(
        self, vendor: str, kind: str | None = None, tenant: str | None = None, expires: datetime | None = None
    ) -> KnownCredential:
        """A further credential: of the kind (the field that is presented), else the tenant's first kind.

        Raises the problems unknown_credential_kind and too_many_credentials.
        """
        holder = self._vendors[vendor]
        chosen = _chosen(vendor, holder, kind, tenant)
        with self._store.transaction():
            if sum(1 for _ in self._rows()) >= MAX_CREDENTIALS:
                raise Problem("too_many_credentials", world=self._world, most=MAX_CREDENTIALS)
            wanted = _together(holder, chosen)
            fields = {field.name: _drawn(field) for field in holder.credentials if field.name in wanted}
            return self._add(self._next_rank(), vendor, chosen, fields, self._now(), expires, minted=True)

    def all(self) -> list[KnownCredential]:
        """The oldest first, ended ones included."""
        return [orjson.loads(row.body or b"{}") for row in self._rows()]

    def revoke(self, id: str) -> None:
        """Ends it. Raises the problem unknown_credential if there is none of this id that is not revoked."""
        with self._store.transaction():
            for row in self._rows():
                known = orjson.loads(row.body or b"{}")
                if known["id"] == id and not known["revoked"]:
                    self._put(row, known | {"revoked": True})
                    return
        raise Problem("unknown_credential", credential=id, world=self._world)

    def restore(self) -> None:
        """Those that the world was made with hold again."""
        for row in self._rows():
            known = orjson.loads(row.body or b"{}")
            if known["revoked"] and not known["minted"]:
                self._put(row, known | {"revoked": False})

    def _next_rank(self) -> int:
        return max(self._store.last_rank(_ROOT, _KIND, self._world), _SESSIONS.rank - 1) + 1

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
        known |= {"tenant": kind.tenant} if kind.tenant else {}
        known |= {"id": f"credential-{rank}", "fields": fields, "minted": minted, "revoked": False}
        known |= {"created": to_iso(created), "expires": to_iso(expires) if expires else None}
        self._put(Row(_id(vendor, kind.name, value), self._world, rank, None), known)
        return known

    def _put(self, row: Row, known: KnownCredential) -> None:
        self._root.put(_KIND, row._replace(body=orjson.dumps(known)))

    def _rows(self) -> Iterator[Row]:
        yield from self._root.page(_KIND, self._world, limit=2 * MAX_CREDENTIALS, after=_SESSIONS)


def _id(vendor: str, field: str, value: str) -> str:
    return f"{vendor}/{field}/{value}"


def _drawn(field: CredentialField) -> str:
    return field.mint.format(hex=secrets.token_hex(16), uuid=uuid.uuid4())


def _kinds(vendor: CredentialOwner) -> list[CredentialField]:
    """The fields that a caller presents."""
    return [field for field in vendor.credentials if field.scheme]


def _together(vendor: CredentialOwner, kind: CredentialField) -> list[str]:
    """The names of the fields that are handed out together: the kind's own, and what goes beside it."""
    return [kind.name, *(field.name for field in vendor.credentials if field.beside == kind.name)]


def _chosen(name: str, vendor: CredentialOwner, kind: str | None, tenant: str | None) -> CredentialField:
    for field in _kinds(vendor):
        fits = field.tenant == (tenant or "") if kind is None else field.name == kind
        if fits and tenant in (None, field.tenant):
            return field
    known = [f"{one.name} (tenant {one.tenant})" if one.tenant else one.name for one in _kinds(vendor)]
    wish = [f"the kind {kind!r}"] * (kind is not None) + [f"the tenant {tenant!r}"] * (tenant is not None)
    raise Problem(
        "unknown_credential_kind", vendor=name, wish=" and ".join(wish) or "that kind", known=", ".join(known)
    )
