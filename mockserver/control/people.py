"""People, found in every vendor of a world at once, with the audiences that they are in."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.binding.vendor import Vendor
from mockserver.call import Call
from mockserver.control import effects_view, vendor_access
from mockserver.control.person_view import audience_view, member_view
from mockserver.control.record_access import audiences_of, people_of
from mockserver.state.memberships import Audiences, Member, People
from mockserver.state.world import World
from mockserver.state.world_record import WorldRecord
from mockserver.state.worlds import Worlds

_MAX_FOUND: Final = 200
"""The people of one vendor that are compared with those of the others."""

_Records = dict[str, list[Member]]
"""The records of one person by vendor: a vendor with several accounts may have several."""


def find_people(call: Call, worlds: Worlds) -> object:
    """`{people: [{name, email, records}], more}`. Raises unknown_world."""
    registered, limit = worlds.get(call.params["world"]), call.params["limit"]
    keepers = [*_keepers(worlds, registered)]
    found, cut = _by_id(keepers, call.params["q"]), False
    is_exact = bool(found)
    if not found:
        found, cut = _by_words(keepers, call.params["q"].split())
    keys = sorted(found, key=lambda key: (-len(found[key]), _name(found[key]), key))
    chosen = {key: found[key] for key in keys[:limit]}
    if cut or len(chosen) == 1:
        # A search that ended has found what has the words: only a vendor with none may have others.
        whole = {name for records in chosen.values() for name in records} if not (cut or is_exact) else set()
        _complete([one for one in keepers if one[0].name not in whole], chosen)
    shown = [_person_view(worlds, registered, one) for one in chosen.values()]
    effects_view.redaction(worlds).blank(shown)
    return {"people": shown, "more": cut or len(found) > limit}


def _by_id(keepers: list[tuple[Vendor, People]], id: str) -> dict[str, _Records]:
    """The people with this id."""
    found: dict[str, _Records] = {}
    for vendor, people in keepers:
        one = people.get(id)
        if one is not None:
            found.setdefault(_key(vendor, one), {})[vendor.name] = [one]
    return found


def _by_words(keepers: list[tuple[Vendor, People]], words: list[str]) -> tuple[dict[str, _Records], bool]:
    """The people with all of the words, and whether some of them are left out."""
    found: dict[str, _Records] = {}
    cut = False
    for vendor, people in keepers:
        matching = people.search(words, _MAX_FOUND)
        cut = cut or len(matching) == _MAX_FOUND
        for one in matching:
            found.setdefault(_key(vendor, one), {}).setdefault(vendor.name, []).append(one)
    return found, cut


def _keepers(worlds: Worlds, registered: WorldRecord) -> Iterator[tuple[Vendor, People]]:
    """The vendors that keep people."""
    for vendor in vendor_access.vendors_by_name(worlds).values():
        people = people_of(worlds, registered["name"], vendor)
        if people is not None:
            yield vendor, people


def _key(vendor: Vendor, person: Member) -> str:
    """The key of a person: records with the same e-mail address are one person."""
    return person.email.casefold() if person.email else f"{vendor.name} {person.id}"


def _every(records: _Records) -> list[Member]:
    return [one for own in records.values() for one in own]


def _name(records: _Records) -> str:
    return next((one.name.casefold() for one in _every(records) if one.name), "")


def _complete(keepers: list[tuple[Vendor, People]], chosen: dict[str, _Records]) -> None:
    """Adds the records of the chosen people which are beyond those that were found first."""
    emails = {one.email.casefold() for records in chosen.values() for one in _every(records) if one.email}
    for vendor, people in keepers:
        for one in people.with_emails(emails) if emails else ():
            own = chosen[_key(vendor, one)].setdefault(vendor.name, [])
            if one not in own:
                own.append(one)


def _person_view(worlds: Worlds, registered: WorldRecord, records: _Records) -> dict[str, Any]:
    every = _every(records)
    email = next((one.email for one in every if one.email), None)
    views: list[dict[str, Any]] = []
    for vendor in vendor_access.vendors_by_name(worlds).values():
        audiences = audiences_of(worlds, registered["name"], vendor)
        if vendor.name in records:
            own = sorted(records[vendor.name], key=lambda one: one.id)
            views += [_record_view(vendor, audiences, one) for one in own]
        elif audiences is not None and email is not None and vendor.collections.people is None:
            world = worlds.load(registered, vendor.name)
            views += _hashed_view(vendor, audiences, world, email)
    return {"name": next((one.name for one in every if one.name), None), "email": email, "records": views}


def _record_view(vendor: Vendor, audiences: Audiences | None, person: Member) -> dict[str, Any]:
    spec = vendor.collections.people
    found = audiences.containing(person) if audiences else []
    return {
        "vendor": vendor.name,
        "collection": spec.collection if spec else None,
        **member_view(person),
        "audiences": [audience_view(audiences, one) for one in found if audiences],
    }


def _hashed_view(vendor: Vendor, audiences: Audiences, world: World, email: str) -> list[dict[str, Any]]:
    """The record of a vendor that keeps hashes in place of people; none if it does not know the address."""
    every = {one.id: one for one in audiences.all()}
    found = vendor.hooks.audiences_with(world, every, email)
    nobody: dict[str, Any] = {"id": None, "name": None, "email": None, "country": None, "consents": []}
    names = [audience_view(audiences, every[id]) for id in found]
    return [{"vendor": vendor.name, "collection": None, **nobody, "audiences": names}] if names else []
