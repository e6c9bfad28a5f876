"""Opting people in to and out of an audience, for audience/subscribe with and without async."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto.activity_catalog import (
    AUDIENCE_ID,
    AUDIENCE_SMS_OPTED_IN,
    AUDIENCE_SMS_OPTED_OUT,
    AUDIENCE_SUBSCRIBED,
    AUDIENCE_UNSUBSCRIBED,
    NAME,
)
from mockserver.vendors.ortto.activity_records import add_occurrence
from mockserver.vendors.ortto.person_index import identifier
from mockserver.vendors.ortto.person_records import PersonStore, copy_person
from mockserver.vendors.ortto.timestamps import to_seconds

_ACTIVITIES: Final = (
    ("unsubscribed_from", AUDIENCE_SUBSCRIBED, AUDIENCE_UNSUBSCRIBED),
    ("sms_opted_out_from", AUDIENCE_SMS_OPTED_IN, AUDIENCE_SMS_OPTED_OUT),
)


def apply_opt_ins(world: World, audience_id: str, people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Applies the flags of each person; returns a result for each, with `error` for unknown people.

    The result for a person who is not a member is the same, but nothing changes (recorded).
    """
    store = PersonStore(world)
    now = to_seconds(world.now())
    results = [_apply_to_person(store, audience_id, flags, now) for flags in people]
    store.flush()
    return results


def _apply_to_person(store: PersonStore, audience_id: str, flags: dict[str, Any], now: int) -> dict[str, Any]:
    id = store.index.find_by_key(flags)
    person = store.get(id) if id else None
    if person is None:
        return {"status": "invalid", "error": f"{identifier(flags)}: Object not found"}
    if audience_id in person["in"]:
        after = copy_person(person)
        _update_membership(after["in"][audience_id], flags, now)
        if after != person:
            name = next(one.attributes["name"] for one in store.audiences if one.id == audience_id)
            attributes = {AUDIENCE_ID: audience_id, NAME: name}
            changed = list(_changes(person["in"][audience_id], after["in"][audience_id]))
            for activity in changed:
                add_occurrence(after, activity, now)
            store.put(person, after, [(activity, now, attributes, "") for activity in changed])
    subscribed = flags["subscribed"] if "subscribed" in flags else flags["sms_opted_in"]
    status = "subscribed" if subscribed else "unsubscribed"
    if "person_id" in flags:
        return {"person_status": "by-id", "status": status}
    return {"person_status": "merged", "status": status, "person_id": person["id"]}


def _changes(before: dict[str, int], after: dict[str, int]) -> Iterator[str]:
    """The activities of the changed opt-ins."""
    for name, opted_in, opted_out in _ACTIVITIES:
        if (name in before) != (name in after):
            yield opted_out if name in after else opted_in


def _update_membership(membership: dict[str, int], flags: dict[str, Any], now: int) -> None:
    if flags.get("subscribed") is False:
        membership.setdefault("unsubscribed_from", now)
    elif flags.get("subscribed") is True and membership.pop("unsubscribed_from", None) is not None:
        membership["subscribed_from"] = now
    if flags.get("sms_opted_in") is False:
        membership.setdefault("sms_opted_out_from", now)
    elif flags.get("sms_opted_in") is True:
        membership.pop("sms_opted_out_from", None)
