"""The endpoints of subscriptions: PUT /v1/audience/subscribe and POST /v1/person/subscriptions."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto.audience_records import KIND as AUDIENCE
from mockserver.vendors.ortto.audience_records import LISTS, member_list_names
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.instance_records import Instance
from mockserver.vendors.ortto.null_handling import without_blanks, without_nulls
from mockserver.vendors.ortto.person_index import PersonIndex, identifier
from mockserver.vendors.ortto.subscribe_logic import apply_opt_ins
from mockserver.vendors.ortto.timestamps import format_seconds


def subscribe_people(call: Call, world: World) -> object:
    """Changes the opt-ins of members of an audience. Raises object_not_found and no_valid_people."""
    audience_id = call.body["audience_id"].lower()
    if not world.records(AUDIENCE).has(audience_id):
        raise Problem("object_not_found", object=audience_id)
    people = [without_blanks(person) for person in call.body["people"]]
    if without_nulls(call.body).get("async", False):
        later = world.now() + timedelta(seconds=1)
        world.jobs.schedule(later, "subscribe_later", audience_id=audience_id, people=people)
        results: list[dict[str, Any]] = [{"person_status": "queued", "status": "queued"} for _ in people]
    else:
        results = apply_opt_ins(world, audience_id, people)
        if all("error" in result for result in results):
            raise Problem("no_valid_people", reason=results[0]["error"], details=results)
    return {"audience_id": audience_id, "people": results}


def get_subscriptions(call: Call, world: World) -> object:
    """Returns the subscriptions of people to the audiences they are members of. Raises object_not_found."""
    index = PersonIndex(world, Instance(world))
    names = {
        row.id: row.record["shown"]["name"]
        for list_name in LISTS
        if list_name.startswith("live")
        for row in world.records(AUDIENCE).iterate(list_name, newest_first=True)
    }
    return {
        "people": [
            _person_subscriptions(world, index, names, without_blanks(key)) for key in call.body["people"]
        ]
    }


def _person_subscriptions(
    world: World, index: PersonIndex, names: dict[str, str], key: dict[str, Any]
) -> dict[str, Any]:
    id = index.find_by_key(key)
    person = world.records("person").get(id) if id else None
    if person is None:
        raise Problem("object_not_found", object=identifier(key))
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
    membership, list_names = person["in"][audience_id], member_list_names(person, audience_id)
    return {
        "audience_id": audience_id,
        "audience_name": name,
        "member_from": format_seconds(membership["from"]),
        "subscribed": "subscribers" in list_names,
        "subscribed_from": format_seconds(membership.get("subscribed_from", membership["from"])),
        **_timestamps(membership, ("unsubscribed_from", "sms_opted_out_from")),
        "sms_opted_in": "sms" in list_names,
        "whatsapp_opted_in": False,
        "ios_opted_in": False,
        "android_opted_in": False,
        "web_opted_in": False,
    }


def _timestamps(membership: dict[str, int], names: Iterable[str]) -> dict[str, str]:
    return {name: format_seconds(membership[name]) for name in names if name in membership}
