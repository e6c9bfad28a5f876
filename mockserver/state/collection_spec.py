"""Collections: a vendor's stored records in its own nouns, as its `collections.yaml` declares them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import orjson

from mockserver.formats import yaml_cache
from mockserver.formats.json_pointer import MISSING, child_key, parse_pointer, resolve
from mockserver.formats.secret_mark import REDACTED

COLLECTIONS_FILE: Final = "collections.yaml"


@dataclass(frozen=True)
class CollectionSpec:
    """One collection: which stored records it has, and how each is shown.

    `kind` is that of the stored records. `members` are the names of the key and the target of an index's
    entries; None for records. The pointers of `hides` lead into the stored record, the others into the shown
    one.
    """

    vendor: str
    name: str
    title: str
    description: str
    kind: str
    members: tuple[str, str] | None = None
    list_member: str | None = None
    shows: str | None = None
    hides: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()
    refers: Mapping[str, str] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """The vendor's name, a dot and its own."""
        return f"{self.vendor}.{self.name}"

    def id(self, stored_id: str) -> str:
        """The id of a shown record; of an index's entry, its key and its target."""
        return "/".join(self._entry(stored_id)) if self.members else stored_id

    def stored_id(self, id: str) -> str:
        """The id under which the record of a shown id is stored."""
        if not self.members:
            return id
        key, _, target = id.partition("/")
        return f"{len(key)}:{key}{target}"

    def show(self, stored_id: str, parent: str, body: bytes) -> dict[str, Any]:
        """The record as it is shown; secrets are blanked."""
        if self.members:
            return dict(zip(self.members, self._entry(stored_id), strict=True))
        record: dict[str, Any] = orjson.loads(body)
        for pointer in self._hidden:
            _remove(record, pointer)
        if self._shown:
            record = _lift(record, self._shown)
        if self.list_member:
            record = {self.list_member: parent, **record}
        for pointer in self._secret:
            _blank(record, pointer)
        return record

    def _entry(self, stored_id: str) -> tuple[str, str]:
        length, _, both = stored_id.partition(":")
        return both[: int(length)], both[int(length) :]

    @cached_property
    def _hidden(self) -> list[list[str]]:
        return [parse_pointer(one) for one in self.hides]

    @cached_property
    def _shown(self) -> list[str]:
        return parse_pointer(self.shows or "")

    @cached_property
    def _secret(self) -> list[list[str]]:
        return [parse_pointer(one) for one in self.secrets]


@dataclass(frozen=True)
class PeopleSpec:
    """The collection of a vendor's people; the pointers lead into a shown record."""

    collection: str
    name: tuple[str, ...]
    email: str
    country: str | None = None
    consents: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AudiencesSpec:
    """The collection of a vendor's audiences, and where the memberships are.

    `index` is the collection of an index of members, by the id of the audience or its part `key`; `part` the
    part of a person that holds ids of audiences. Without both, a hook of the vendor finds them. `size` is the
    part with the number of members: of the audience, or of the record with its id of the kind `size_kind`.
    """

    collection: str
    name: str
    index: str | None = None
    key: str | None = None
    part: str | None = None
    size: str | None = None
    size_kind: str | None = None


class Collections(Mapping[str, CollectionSpec]):
    """The collections of a vendor by name.

    `by_kind` finds one by the kind of its stored records; `internal` says what the other kinds are for;
    `people` and `audiences` say which collections have those.
    """

    def __init__(
        self,
        specs: Mapping[str, CollectionSpec],
        internal: Mapping[str, str],
        people: PeopleSpec | None = None,
        audiences: AudiencesSpec | None = None,
    ) -> None:
        self._specs = specs
        self.internal = internal
        self.people = people
        self.audiences = audiences
        self.by_kind: dict[str, CollectionSpec] = {spec.kind: spec for spec in specs.values()}

    @classmethod
    def read(cls, vendor: str, path: Path) -> "Collections":
        """The collections in a file; none if it does not exist."""
        if not path.is_file():
            return cls({}, {})
        document = yaml_cache.read(path)
        return cls(
            {name: _spec(vendor, name, node) for name, node in document["collections"].items()},
            {_kind(vendor, name): purpose for name, purpose in document["internal"].items()},
            _people(document["people"]) if "people" in document else None,
            _audiences(vendor, document["audiences"]) if "audiences" in document else None,
        )

    def __getitem__(self, name: str) -> CollectionSpec:
        return self._specs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)


NO_COLLECTIONS: Final = Collections({}, {})


def _spec(vendor: str, name: str, node: Mapping[str, Any]) -> CollectionSpec:
    members = node.get("members")
    return CollectionSpec(
        vendor=vendor,
        name=name,
        title=node["title"],
        description=node["description"],
        kind=f"{vendor}/{node['index']}" if "index" in node else f"{vendor}.{node['records']}",
        members=(members[0], members[1]) if members else None,
        list_member=node.get("list"),
        shows=node.get("shows"),
        hides=tuple(node.get("hides", ())),
        secrets=tuple(node.get("secrets", ())),
        summary=tuple(node.get("summary", ())),
        refers=node.get("refers", {}),
    )


def _people(node: Mapping[str, Any]) -> PeopleSpec:
    return PeopleSpec(
        node["collection"], tuple(node["name"]), node["email"], node.get("country"), node.get("consents", {})
    )


def _audiences(vendor: str, node: Mapping[str, Any]) -> AudiencesSpec:
    members, size = node.get("members", {}), node.get("size", {})
    return AudiencesSpec(
        node["collection"],
        node["name"],
        members.get("collection"),
        members.get("key"),
        members.get("part"),
        size.get("part"),
        _kind(vendor, size["records"]) if "records" in size else None,
    )


def _kind(vendor: str, name: str) -> str:
    return f"{vendor}{name}" if name.startswith("/") else f"{vendor}.{name}"


def _place(record: Any, tokens: list[str]) -> tuple[Any, Any]:
    """The container of the part at the tokens, and the part's key in it: `MISSING` if there is none."""
    holder = resolve(record, tokens[:-1])
    return holder, MISSING if holder is MISSING else child_key(holder, tokens[-1])


def _remove(record: Any, tokens: list[str]) -> None:
    holder, key = _place(record, tokens)
    if key is not MISSING:
        del holder[key]


def _lift(record: dict[str, Any], tokens: list[str]) -> dict[str, Any]:
    """The part at the tokens first, then the rest; the part's members win."""
    part = resolve(record, tokens)
    if part is MISSING:
        return record
    _remove(record, tokens)
    return {**part, **{name: value for name, value in record.items() if name not in part}}


def _blank(record: Any, tokens: list[str]) -> None:
    holder, key = _place(record, tokens)
    if key is not MISSING:
        holder[key] = REDACTED
