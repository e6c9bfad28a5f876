"""What audience/subscribe does to people, at once or later."""

from typing import Any

from mockserver.state.world import World
from mockserver.vendors.ortto.person_records import Census, copy_of
from mockserver.vendors.ortto.timestamps import seconds


def opt(world: World, audience_id: str, people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Opts people in to or out of the audience; one answer each, with `error` for whom there is not.

    Who is not a member is answered alike and stays as it is (recorded).
    """
    census = Census(world)
    now = seconds(world.now())
    done = [_opt_one(census, audience_id, wish, now) for wish in people]
    census.close()
    return done


def _opt_one(census: Census, audience_id: str, wish: dict[str, Any], now: int) -> dict[str, Any]:
    id = census.directory.by_key(wish)
    person = census.get(id) if id else None
    if person is None:
        asked = next(wish[name] for name in ("person_id", "email", "external_id") if name in wish)
        return {"status": "invalid", "error": f"{asked}: Object not found"}
    if audience_id in person["in"]:
        after = copy_of(person)
        _stamp(after["in"][audience_id], wish, now)
        if after != person:
            census.put(person, after)
    subscribed = wish["subscribed"] if "subscribed" in wish else wish["sms_opted_in"]
    status = "subscribed" if subscribed else "unsubscribed"
    if "person_id" in wish:
        return {"person_status": "by-id", "status": status}
    return {"person_status": "merged", "status": status, "person_id": person["id"]}


def _stamp(membership: dict[str, int], wish: dict[str, Any], now: int) -> None:
    if wish.get("subscribed") is False:
        membership.setdefault("unsubscribed_from", now)
    elif wish.get("subscribed") is True and membership.pop("unsubscribed_from", None) is not None:
        membership["subscribed_from"] = now
    if wish.get("sms_opted_in") is False:
        membership.setdefault("sms_opted_out_from", now)
    elif wish.get("sms_opted_in") is True:
        membership.pop("sms_opted_out_from", None)
