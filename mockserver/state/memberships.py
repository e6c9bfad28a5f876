"""The people of one vendor and the audiences that they are in, as its `collections.yaml` declares them."""

from collections import Counter
from collections.abc import Collection, Iterator, Set
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

from mockserver.formats.json_pointer import MISSING, parse_pointer, resolve
from mockserver.state.collection_spec import AudiencesSpec, Collections, CollectionSpec, PeopleSpec
from mockserver.state.record_pages import (
    MAX_SCANNED,
    RecordQuery,
    ShownRecord,
    find_record,
    referred,
    shown_record,
)
from mockserver.storage.store import Space, in_id_order

MAX_AUDIENCES: Final = 1_000
_PAGE_SIZE: Final = 500
_TOP_COUNTRIES: Final = 12


class Member(NamedTuple):
    """A person as every vendor's can be shown. `record` is the vendor's own."""

    id: str
    name: str | None
    email: str | None
    country: str | None
    consents: list[str]
    record: dict[str, Any]


class Makeup(NamedTuple):
    """The countries and consents of the first `counted` members of an audience."""

    counted: int
    countries: dict[str, int]
    consents: dict[str, int]


class People:
    """The people of a vendor in one state of a world."""

    def __init__(self, space: Space, collections: Collections, spec: PeopleSpec) -> None:
        self._space = space
        self._spec = spec
        self.collection: CollectionSpec = collections[spec.collection]

    def get(self, id: str) -> Member | None:
        """The person with this id."""
        found = find_record(self._space, self.collection, id)
        return self.member(found) if found else None

    def search(self, words: Collection[str], limit: int) -> list[Member]:
        """The first people whose name, e-mail address and id contain all of the words, in any case."""
        found = (one for one in self.holding(words) if _matches(one, words))
        return [*islice(found, limit)]

    def with_emails(self, emails: Collection[str]) -> list[Member]:
        """The people with one of these e-mail addresses, which are in lower case."""
        rows = in_id_order(self._space.scan, self.collection.kind)
        wanted = {one.encode() for one in emails}
        likely = (row for row in rows if _names_any((row.body or b"").lower(), wanted))
        found = (self.member(shown_record(self.collection, row)) for row in likely)
        return [one for one in found if one.email and one.email.casefold() in emails]

    def holding(self, texts: Collection[str], after: str | None = None) -> Iterator[Member]:
        """The people whose stored record contains the texts, in any case, after an id."""
        # Texts that JSON escapes are compared with the parsed record only.
        plain = [one.casefold().encode() for one in texts if '"' not in one and "\\" not in one]
        fold = _fold_ascii if all(map(bytes.isascii, plain)) else _fold
        start = self.collection.stored_id(after) if after else ""
        for row in in_id_order(self._space.scan, self.collection.kind, start):
            text = fold(b"%s\n%s" % (row.id.encode(), row.body or b""))
            for one in plain:  # not `all`: a generator for each of 100,000 records takes half of the time
                if one not in text:
                    break
            else:
                yield self.member(shown_record(self.collection, row))

    def member(self, shown: ShownRecord) -> Member:
        """The record of a person as every vendor's can be shown."""
        spec, record = self._spec, shown.record
        name = " ".join(filter(None, (_text(record, one) for one in spec.name)))
        consents = [name for name, pointer in spec.consents.items() if resolve(record, pointer) is True]
        country = _text(record, spec.country) if spec.country else None
        return Member(shown.id, name or None, _text(record, spec.email), country, consents, record)

    @property
    def consents(self) -> list[str]:
        """The names of what people can consent to."""
        return [*self._spec.consents]


class Audiences:
    """The audiences of a vendor in one state of a world, and who is in them."""

    def __init__(
        self, space: Space, collections: Collections, spec: AudiencesSpec, people: People | None
    ) -> None:
        self._space = space
        self._spec = spec
        self._people = people
        self.collection: CollectionSpec = collections[spec.collection]
        self._index: CollectionSpec | None = collections[spec.index] if spec.index else None

    def all(self) -> list[ShownRecord]:
        """The audiences, as many as are shown at once."""
        return RecordQuery().read_page(self._space, self.collection, None, MAX_AUDIENCES).records

    def get(self, id: str) -> ShownRecord | None:
        """The audience with this id."""
        return find_record(self._space, self.collection, id)

    def name(self, audience: ShownRecord) -> str:
        """The name of an audience; its id if it has none."""
        return _text(audience.record, self._spec.name) or audience.id

    def size(self, audience: ShownRecord) -> int:
        """The number of its members."""
        if self._index is not None:
            return self._space.count(self._index.kind, self._key(audience))
        record: Any = audience.record
        if self._spec.size_kind is not None:
            row = self._space.get(self._spec.size_kind, audience.id)
            record = orjson.loads(row.body or b"null") if row else None
        found = resolve(record, self._spec.size or "/")
        return found if isinstance(found, int) else 0

    def containing(self, person: Member) -> list[ShownRecord]:
        """The audiences that a person is in."""
        if self._index is not None:
            return [one for one in self.all() if self._has(self._index, one, person.id)]
        ids = self._ids_in(person.record)
        return [one for one in map(self.get, dict.fromkeys(ids)) if one]

    def members(
        self, audience: ShownRecord, after: str | None = None, words: Collection[str] = ()
    ) -> Iterator[Member]:
        """The members after the one with the id `after`; of those, whose name and address have the words."""
        found = self._all_members(audience, after, words)
        return (one for one in found if _matches(one, words)) if words else found

    def makeup(self, audience: ShownRecord) -> Makeup:
        """The countries and the consents of the members."""
        countries: Counter[str] = Counter()
        consents: Counter[str] = Counter(dict.fromkeys(self._people.consents if self._people else (), 0))
        for one in islice(self.members(audience), MAX_SCANNED):
            countries[one.country or "unknown"] += 1
            consents.update(one.consents)
        top = dict(countries.most_common(_TOP_COUNTRIES))
        counted = countries.total()
        rest = counted - sum(top.values())
        return Makeup(counted, top | ({"other": rest} if rest else {}), dict(consents))

    def _all_members(
        self, audience: ShownRecord, after: str | None, words: Collection[str]
    ) -> Iterator[Member]:
        if self._people is None:
            return iter(())
        if self._index is not None:
            return self._indexed(self._people, self._index, self._key(audience), after)
        holding = self._people.holding((audience.id, *words), after)
        return (one for one in holding if audience.id in self._ids_in(one.record))

    def _indexed(
        self, people: People, index: CollectionSpec, key: str, after: str | None
    ) -> Iterator[Member]:
        of, target = index.members or ("", "")
        query = RecordQuery((f"/{of}={key}",))
        place = f"{key}/{after}" if after else None
        while True:
            page = query.read_page(self._space, index, place, _PAGE_SIZE)
            found = (people.get(one.record[target]) for one in page.records)
            yield from (one for one in found if one)
            if page.next is None:
                return
            place = page.next

    def _has(self, index: CollectionSpec, audience: ShownRecord, person: str) -> bool:
        stored = index.stored_id(f"{self._key(audience)}/{person}")
        return self._space.get(index.kind, stored) is not None

    def _key(self, audience: ShownRecord) -> str:
        return (_text(audience.record, self._spec.key) or "") if self._spec.key else audience.id

    def _ids_in(self, record: dict[str, Any]) -> list[str]:
        part = parse_pointer(self._spec.part) if self._spec.part else []
        return [id for _pointer, id in referred(record, part)] if part else []


def _text(record: Any, pointer: str) -> str | None:
    value = resolve(record, pointer)
    return None if value is MISSING or value is None or value == "" else str(value)


def _matches(person: Member, words: Collection[str]) -> bool:
    text = f"{person.name}\n{person.email}\n{person.id}".casefold()
    return all(one.casefold() in text for one in words)


def _fold(text: bytes) -> bytes:
    return text.decode().casefold().encode()


_fold_ascii = bytes.lower
"""A third of the time of `_fold`, for texts that are compared with letters of ASCII alone."""


def _names_any(text: bytes, wanted: Set[bytes]) -> bool:
    """Whether a JSON text has one of these e-mail addresses as a string; one test for each `@` in it."""
    at = text.find(b"@")
    while at >= 0:
        start, end = text.rfind(b'"', 0, at), text.find(b'"', at)
        if text[start + 1 : end] in wanted:
            return True
        at = text.find(b"@", at + 1)
    return False
