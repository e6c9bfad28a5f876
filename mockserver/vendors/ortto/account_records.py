"""Accounts, as they are stored, and their people. Until June 2025 Ortto called them organizations."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto.activity_records import delete_events
from mockserver.vendors.ortto.custom_field_records import ACCOUNT as CUSTOM
from mockserver.vendors.ortto.custom_field_records import field_ids
from mockserver.vendors.ortto.field_catalog import ACCOUNT_FIELDS, READ_ONLY_ACCOUNT_FIELDS
from mockserver.vendors.ortto.field_values import Person, lookup_key
from mockserver.vendors.ortto.ids import new_account_id
from mockserver.vendors.ortto.person_records import PersonStore, copy_person
from mockserver.vendors.ortto.tag_records import ACCOUNT, Tags
from mockserver.vendors.ortto.timestamps import format_seconds, to_seconds

KIND: Final = "account"
TAGS_FIELD: Final = "u4s:o:t"
PEOPLE_FIELD: Final = "ids:o:p"
ACCOUNT_OF_PERSON: Final = "idt::o"
ORGANIZATION_ID: Final = "str:o:organization_id"
"""Identifies an account in merge_by and in activities; it is not a field."""

Account = dict[str, Any]
"""`{id, rank, archived, fields, in}`: the shape of a person, so that filters can test it."""


def writable_fields(world: World) -> frozenset[str]:
    """The ids of the fields that accounts/merge can set."""
    built_in = {id for id, _name, _kind in ACCOUNT_FIELDS if id != TAGS_FIELD}
    return frozenset(built_in) | field_ids(world, CUSTOM)


def readable_fields(world: World) -> frozenset[str]:
    """The ids of the fields that filters and sorting can name."""
    read_only = (id for id, _name, _kind in READ_ONLY_ACCOUNT_FIELDS)
    return writable_fields(world) | {TAGS_FIELD, *read_only}


class AccountStore:
    """The changes of accounts in one call: `create`, `put` and `remove` them, then `flush`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._records = world.records(KIND)
        self._people: PersonStore | None = None
        self.tags: Tags = Tags(world, ACCOUNT)

    @property
    def people(self) -> PersonStore:
        """The people whose account changes."""
        self._people = self._people or PersonStore(self._world)
        return self._people

    def get(self, id: str) -> Account | None:
        """The account, archived or not."""
        return self._records.get(id)

    def iterate(self, archived: bool = False) -> Iterator[Account]:
        """The accounts, newest first."""
        for row in self._records.iterate("archived" if archived else "live", newest_first=True):
            yield row.record

    def find(self, field_id: str, value: Any) -> Account | None:
        """The oldest account, not archived, with this value."""
        wanted = lookup_key(value)
        for row in self._records.iterate("live"):
            stored = row.record["fields"].get(field_id)
            if stored not in (None, "") and lookup_key(stored) == wanted:
                return row.record
        return None

    def new(self) -> Account:
        """An account without values, which is not written yet."""
        now = format_seconds(to_seconds(self._world.now()))
        fields = {"oc": now, "oe": now, "of": now, "ol": now}
        id, rank = new_account_id(self._world), self._world.serial()
        return {"id": id, "rank": rank, "archived": False, "fields": fields, "in": {}}

    def put(self, before: Account | None, after: Account) -> None:
        """Writes an account that is new (`before` is None) or has changed."""
        if before is not None and before["archived"] == after["archived"]:
            after["fields"]["oe"] = format_seconds(to_seconds(self._world.now()))
        self.tags.update_counts(before, after)
        if before is not None and before["archived"] != after["archived"]:
            self._records.remove(after["id"])
        self._records.add(after["id"], after, "archived" if after["archived"] else "live", after["rank"])

    def remove(self, account: Account) -> None:
        """Deletes an archived account; its people have none then."""
        for id in account["fields"].get(PEOPLE_FIELD, ()):
            self._set_account(id, None)
        delete_events(self._world, account["id"])
        self._records.remove(account["id"])

    def add_people(self, account: Account, ids: list[str]) -> None:
        """Makes these people belong to the account, and to no other; unknown ids are ignored (inferred)."""
        for id in ids:
            person = self.people.get(id)
            if person is None:
                continue
            old = person["fields"].get(ACCOUNT_OF_PERSON)
            if old == account["id"]:
                continue
            previous = self.get(old) if old else None
            if previous is not None:
                self._list_people(previous, [one for one in _people_of(previous) if one != id])
            self._set_account(id, account["id"])
            self._list_people(account, [*_people_of(account), id])

    def remove_people(self, account: Account, ids: list[str]) -> None:
        """Ends the membership of these people in the account; others are ignored (inferred)."""
        for id in ids:
            if id in _people_of(account):
                self._set_account(id, None)
                self._list_people(account, [one for one in _people_of(account) if one != id])

    def flush(self) -> None:
        """Writes the tags, and what has changed with the people."""
        self.tags.save()
        if self._people is not None:
            self._people.flush()

    def _list_people(self, account: Account, ids: list[str]) -> None:
        before = copy_person(account)
        account["fields"].pop(PEOPLE_FIELD, None)
        if ids:
            account["fields"][PEOPLE_FIELD] = ids
        self.put(before, account)

    def _set_account(self, person_id: str, account_id: str | None) -> None:
        before = self.people.get(person_id)
        if before is None:
            return
        after: Person = copy_person(before)
        after["fields"].pop(ACCOUNT_OF_PERSON, None)
        if account_id is not None:
            after["fields"][ACCOUNT_OF_PERSON] = account_id
        self.people.put(before, after)


def _people_of(account: Account) -> list[str]:
    people: list[str] = account["fields"].get(PEOPLE_FIELD, [])
    return people
