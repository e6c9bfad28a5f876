"""Creating and updating people, for person/merge with and without async."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto.field_schema import require_known, unknown_field_result, writable_fields
from mockserver.vendors.ortto.field_values import Person, lookup_key, to_stored
from mockserver.vendors.ortto.ids import new_person_id
from mockserver.vendors.ortto.null_handling import without_nulls
from mockserver.vendors.ortto.person_records import PersonStore, copy_person
from mockserver.vendors.ortto.timestamps import format_seconds, to_seconds

APPEND: Final = 1
OVERWRITE: Final = 2
IGNORE: Final = 3

FIND_ANY: Final = 0
FIND_NEXT_IF_EMPTY: Final = 1
FIND_ALL: Final = 2

PERSON_ID: Final = "str::person_id"
DEFAULT_MERGE_BY: Final = ("str::email", "str::ei")
"""The default merge_by of the API key."""

_CONTEXTS: Final = (
    ("bol::p", "str::s-ctx", "str::u-ctx"),
    ("bol::sp", "str::soi-ctx", "str::soo-ctx"),
)
_ADDRESS: Final = {"city": "geo::city", "region": "geo::region", "country": "geo::country"}


class Merge:
    """One body of person/merge; its people are processed in order, each after the changes of the previous.

    Raises the problem field_unknown for an unknown field in merge_by or merge_by_alt_fields.
    """

    def __init__(self, world: World, body: Mapping[str, Any]) -> None:
        self._world = world
        self._body = body
        self._store = PersonStore(world)
        self._writable = writable_fields(world)
        self._merge_by = tuple(body.get("merge_by") or DEFAULT_MERGE_BY)
        self._alternatives: Mapping[str, list[str]] = body.get("merge_by_alt_fields", {})
        self._strategy = body.get("merge_strategy", OVERWRITE)
        alternatives = [id for ids in self._alternatives.values() for id in ids]
        require_known([*self._merge_by, *alternatives], self._writable | {PERSON_ID})

    def run(self) -> list[dict[str, Any]]:
        """The result for each person: `{person_id, status}` or `{status, error}` (recorded)."""
        results = [self._merge_person(given) for given in self._body["people"]]
        self._store.flush()
        return results

    def _merge_person(self, given: Mapping[str, Any]) -> dict[str, Any]:
        fields = given["fields"]
        unknown = next((id for id in fields if id not in self._writable and id != PERSON_ID), None)
        if unknown is not None:
            return unknown_field_result(unknown)
        before = self._find(fields)
        if before is not None:
            if self._strategy != IGNORE:
                self._update(before, given)
            return {"person_id": before["id"], "status": "merged"}
        if self._body.get("skip_non_existing", False):
            return {"status": "skipped"}
        if self._merge_by == (PERSON_ID,):
            return {"status": "invalid", "error": f"{fields.get(PERSON_ID)}: Object not found"}
        return self._create(given)

    def _create(self, given: Mapping[str, Any]) -> dict[str, Any]:
        fields = given["fields"]
        if not (fields.get("str::email") or fields.get("str::ei")):
            return {"status": "invalid", "error": "str::email or str::ei is required"}
        if self._is_suppressed(fields):
            return {"status": "suppressed", "error": "Email is suppressed"}
        now = to_seconds(self._world.now())
        person: Person = {
            "id": new_person_id(self._world),
            "rank": self._world.serial(),
            "created": now,
            "archived": False,
            "fields": {"l": format_seconds(now), "bol::p": True, "bol::sp": False},
            "in": {},
        }
        self._set_fields(person, given, is_new=True)
        self._store.put(None, person)
        return {"person_id": person["id"], "status": "created"}

    def _update(self, before: Person, given: Mapping[str, Any]) -> None:
        after = copy_person(before)
        self._set_fields(after, given, append=self._strategy == APPEND)
        if after != before:
            self._store.put(before, after)

    def _set_fields(
        self, person: Person, given: Mapping[str, Any], *, append: bool = False, is_new: bool = False
    ) -> None:
        fields = person["fields"]
        if not append:
            for field_id in given.get("clear_fields", ()):
                if field_id in self._writable:
                    fields.pop(field_id, None)
        offered = _with_location(given)
        values = {id: offered[id] for id in offered if id != PERSON_ID and not (append and id in fields)}
        _add_contexts(fields, values, is_new)
        for field_id, value in values.items():
            if value is None:
                fields.pop(field_id, None)
            else:
                fields[field_id] = to_stored(field_id, value)
        self._set_tags(fields, given)

    def _set_tags(self, fields: dict[str, Any], given: Mapping[str, Any]) -> None:
        tags = self._store.tags
        current = fields.get("u4s::t", [])
        added = tags.find_or_create(list(given.get("tags", ())))
        tags.mark_used(added)
        removed = tags.find(list(given.get("unset_tags", ())))
        ids = [id for id in dict.fromkeys([*current, *added]) if id not in removed]
        if ids:
            fields["u4s::t"] = ids
        else:
            fields.pop("u4s::t", None)

    def _is_suppressed(self, fields: Mapping[str, Any]) -> bool:
        field_id = self._body.get("suppression_list_field_id")
        if field_id is None or self._body.get("skip_suppression_check", False):
            return False
        address = fields.get(field_id)
        return isinstance(address, str) and self._world.records("suppressed").has(lookup_key(address))

    def _find(self, fields: Mapping[str, Any]) -> Person | None:
        if self._merge_by == (PERSON_ID,):
            person = self._store.get(str(fields.get(PERSON_ID, "")).lower())
            return None if person is None or person["archived"] else person
        given = [id for id in self._merge_by if fields.get(id) not in (None, "")]
        if self._body.get("find_strategy", FIND_ANY) == FIND_ALL:
            return self._find_by_all(given, fields)
        for number, field_id in enumerate(given):
            for person in self._candidates(field_id, fields[field_id]):
                if self._may_match(person, given[:number]):
                    return person
        return None

    def _may_match(self, person: Person, previous: Iterable[str]) -> bool:
        """Find strategy 1: a later field finds only people without a value for the previous fields."""
        if self._body.get("find_strategy", FIND_ANY) != FIND_NEXT_IF_EMPTY:
            return True
        return all(person["fields"].get(field_id) in (None, "") for field_id in previous)

    def _find_by_all(self, given: list[str], fields: Mapping[str, Any]) -> Person | None:
        if not given:
            return None
        first, *others = given
        return next(
            (
                person
                for person in self._candidates(first, fields[first])
                if all(self._has_value(person, field_id, fields[field_id]) for field_id in others)
            ),
            None,
        )

    def _candidates(self, field_id: str, value: Any) -> Iterable[Person]:
        value = to_stored(field_id, value)
        for candidate_id in (field_id, *self._alternatives.get(field_id, ())):
            for id in self._store.index.find(candidate_id, value):
                person = self._store.get(id)
                if person is not None:
                    yield person

    def _has_value(self, person: Person, field_id: str, value: Any) -> bool:
        wanted = lookup_key(to_stored(field_id, value))
        ids = (field_id, *self._alternatives.get(field_id, ()))
        return any(lookup_key(person["fields"][id]) == wanted for id in ids if id in person["fields"])


def _with_location(given: Mapping[str, Any]) -> dict[str, Any]:
    """The given fields and those from the location. An IP address is not looked up."""
    location = without_nulls(given.get("location"))
    address = without_nulls(location.get("address")) | without_nulls(location.get("custom"))
    values: dict[str, Any] = {
        field_id: {"name": address[part]} for part, field_id in _ADDRESS.items() if part in address
    }
    if "postal" in address:
        values["str::postal"] = address["postal"]
    return values | dict(given["fields"])


def _add_contexts(fields: Mapping[str, Any], values: dict[str, Any], is_new: bool) -> None:
    """Adds the context message of each changed permission, "… via API" unless one is given (documented).

    A new person has no permission to change: what the call says counts (recorded for SMS).
    """
    for permission, subscribed, unsubscribed in _CONTEXTS:
        if permission in values and (is_new or values[permission] != fields.get(permission)):
            if values[permission]:
                values.setdefault(subscribed, "Subscribed via API")
            else:
                values.setdefault(unsubscribed, "Unsubscribed via API")
