"""PUT /v1/audience/subscribe and POST /v1/person/subscriptions."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto.audience_records import KIND as AUDIENCE
from mockserver.vendors.ortto.audience_records import LISTS, standing
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.instance_records import Instance
from mockserver.vendors.ortto.null_handling import person_key, said
from mockserver.vendors.ortto.person_index import Directory
from mockserver.vendors.ortto.subscribe_logic import opt
from mockserver.vendors.ortto.timestamps import whole


def subscribe_people(call: Call, world: World) -> object:
    """The opt-ins of members of one audience. Raises the problems object_not_found and no_valid_people."""
    audience_id = call.body["audience_id"].lower()
    if not world.records(AUDIENCE).has(audience_id):
        raise Problem("object_not_found", object=audience_id)
    people = [person_key(person) for person in call.body["people"]]
    if said(call.body).get("async", False):
        later = world.now() + timedelta(seconds=1)
        world.jobs.schedule(later, "subscribe_later", audience_id=audience_id, people=people)
        done: list[dict[str, Any]] = [{"person_status": "queued", "status": "queued"} for _ in people]
    else:
        done = opt(world, audience_id, people)
        if all("error" in one for one in done):
            raise Problem("no_valid_people", reason=done[0]["error"], details=done)
    return {"audience_id": audience_id, "people": done}


def get_subscriptions(call: Call, world: World) -> object:
    """Each person's standing in every audience it is a member of. Raises the problem object_not_found."""
    directory = Directory(world, Instance(world))
    names = {
        row.id: row.record["shown"]["name"]
        for kept in LISTS
        if kept.startswith("live")
        for row in world.records(AUDIENCE).iterate(kept, newest_first=True)
    }
    return {"people": [_person(world, directory, names, person_key(key)) for key in call.body["people"]]}


def _person(world: World, directory: Directory, names: dict[str, str], key: dict[str, Any]) -> dict[str, Any]:
    id = directory.by_key(key)
    person = world.records("person").get(id) if id else None
    if person is None:
        asked = next(key[name] for name in ("person_id", "email", "external_id") if name in key)
        raise Problem("object_not_found", object=asked)
    reply: dict[str, Any] = {"person_status": "by-id", "person_id": person["id"]}
    if "person_id" not in key:
        reply["person_status"] = "merged"
        if "email" in key:
            reply["email"] = person["fields"]["str::email"]
    return {
        **reply,
        "subscriptions": [_subscription(person, id, names[id]) for id in names if id in person["in"]],
        "email_permissions": person["fields"].get("bol::p") is True,
        "sms_permissions": person["fields"].get("bol::sp") is True,
        "ios_permissions": False,
        "android_permissions": False,
        "web_permissions": False,
    }


def _subscription(person: Person, audience_id: str, name: str) -> dict[str, Any]:
    membership, rolls = person["in"][audience_id], standing(person, audience_id)
    return {
        "audience_id": audience_id,
        "audience_name": name,
        "member_from": whole(membership["from"]),
        "subscribed": "subscribers" in rolls,
        "subscribed_from": whole(membership.get("subscribed_from", membership["from"])),
        **_stamps(membership, ("unsubscribed_from", "sms_opted_out_from")),
        "sms_opted_in": "sms" in rolls,
        "whatsapp_opted_in": False,
        "ios_opted_in": False,
        "android_opted_in": False,
        "web_opted_in": False,
    }


def _stamps(membership: dict[str, int], names: Iterable[str]) -> dict[str, str]:
    return {name: whole(membership[name]) for name in names if name in membership}
