"""What is done in Ortto's own app: audiences are made and changed, campaigns run, activities recorded."""

from collections.abc import Callable
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto import activity_records, campaign_records, custom_field_records, field_schema
from mockserver.vendors.ortto.audience_records import (
    KIND,
    Audience,
    as_shown,
    blank,
    erase,
    load,
    load_all,
    put,
    sha,
    shift,
)
from mockserver.vendors.ortto.field_values import Person, as_moment, key_of
from mockserver.vendors.ortto.filter_logic import Filter, audiences_in, campaigns_in, compile_filter
from mockserver.vendors.ortto.jobs import BUILD_TIME
from mockserver.vendors.ortto.person_records import Census, copy_of
from mockserver.vendors.ortto.timestamps import DAY, exact, seconds

_DETAILS = (
    "is_public", "sms_is_public", "public_name", "public_description", "sms_public_name",
    "sms_public_description", "icon_id",
)  # fmt: skip


def create_audience(call: Call, world: World) -> object:
    """An audience that is building; a second later it is ready and has its members."""
    filter = call.body["filter"]
    _require_sound(world, filter)
    given = {name: call.body[name] for name in _DETAILS if name in call.body}
    record = blank(world, call.body["name"], filter, world.now(), **given)
    audience = put(world, record, retention=call.body.get("retention", False))
    _build(world, audience, filter)
    return _shown(world, audience)


def edit_criteria(call: Call, world: World) -> object:
    """New criteria are built for a second; until then the members and the filter stay as they are."""
    audience = _audience(world, call.body["audience_id"])
    filter = call.body["filter"]
    _require_sound(world, filter, audience.id)
    audience.shown["edited_at"] = exact(world.now())
    _build(world, audience, filter)
    return _shown(world, audience)


def archive_audience(call: Call, world: World) -> object:
    """The audience is listed with archived: true only. Raises the problem already_archived."""
    audience = _audience(world, call.body["audience_id"])
    if _is_archived(audience):
        raise Problem("already_archived", audience_id=audience.id)
    audience.shown["archived_at"] = exact(world.now())
    shift(world, audience, archived=True)
    return _shown(world, audience)


def restore_audience(call: Call, world: World) -> object:
    """The audience is listed like any other again. Raises the problem not_archived."""
    audience = _archived(world, call.body["audience_id"])
    del audience.shown["archived_at"]
    shift(world, audience, archived=False)
    return _shown(world, audience)


def delete_audience(call: Call, world: World) -> object:
    """The audience is gone for good; only an archived one can be. Raises not_archived and in_use."""
    audience = _archived(world, call.body["audience_id"])
    for other in load_all(world):
        if audience.id in other.needs | other.will_need:
            raise Problem("in_use", audience_id=audience.id, by=other.id)
    erase(world, audience)
    return {"deleted": audience.id}


def create_custom_field(call: Call, world: World) -> object:
    """A custom field of people. Raises the problem field_exists."""
    kind, name = call.body["display_type"], call.body["name"]
    taken = {definition["field"]["name"].lower() for definition in custom_field_records.load_all(world)}
    if " ".join(name.lower().split()) in taken:
        raise Problem("field_exists", field=name)
    choices, tracked = call.body.get("dic_items", []), call.body.get("track_changes", False)
    return custom_field_records.define(world, name, kind, choices, tracked)


def suppress_email(call: Call, world: World) -> object:
    """The address stands on the email suppression list from now on."""
    email = call.body["email"]
    world.records("suppressed").add(key_of(email), {"email": email})
    return {"email": email}


def record_activity(call: Call, world: World) -> object:
    """These people have done something, now or at another moment. Raises unknown_person and unknown_activity.

    An activity of the instance's own is known from the first time on; built-in ones are as many as they are.
    """
    activity = call.body["field_id"]
    given = as_moment(call.body["moment"]) if "moment" in call.body else None
    moment = seconds(given or world.now())
    if activity not in activity_records.BUILT_IN:
        if activity.startswith("act::"):
            raise Problem(
                "unknown_activity", field_id=activity, known=", ".join(sorted(activity_records.BUILT_IN))
            )
        activity_records.define(world, activity)
    return _change(call, world, lambda person: activity_records.note(person, activity, moment))


def create_campaign(call: Call, world: World) -> object:
    """A campaign that nobody has started."""
    return campaign_records.put(world, call.body["name"], world.now())


def list_campaigns(call: Call, world: World) -> object:
    """Every campaign, the oldest first; no public call tells their ids."""
    return {"campaigns": [row.record for row in world.records(campaign_records.KIND).iterate()]}


def start_campaign(call: Call, world: World) -> object:
    """These people start the campaign; who is inside stays. Raises unknown_campaign and unknown_person."""
    campaign, now = _campaign(call, world), seconds(world.now())

    def start(person: Person) -> None:
        if not campaign_records.is_inside(person, campaign):
            campaign_records.start(person, campaign, now)

    return _change(call, world, start)


def leave_campaign(call: Call, world: World) -> object:
    """These people leave the campaign, if they are inside. Raises unknown_campaign and unknown_person."""
    campaign, now = _campaign(call, world), seconds(world.now())

    def leave(person: Person) -> None:
        if campaign_records.is_inside(person, campaign):
            campaign_records.leave(person, campaign, now)

    return _change(call, world, leave)


def _campaign(call: Call, world: World) -> str:
    id: str = call.body["campaign_id"].lower()
    if not world.records(campaign_records.KIND).has(id):
        raise Problem("unknown_campaign", campaign_id=id)
    return id


def _change(call: Call, world: World, change: Callable[[Person], None]) -> dict[str, int]:
    """Changes the people of the call; audiences follow. How many have changed."""
    census, changed = Census(world), 0
    for key in call.body["people"]:
        id = census.directory.by_key(key)
        before = census.get(id) if id else None
        if before is None:
            raise Problem("unknown_person", person=next(iter(key.values())))
        after = copy_of(before)
        change(after)
        if after != before:
            census.put(before, after)
            changed += 1
    census.close()
    return {"changed": changed}


def _require_sound(world: World, filter: Filter, own_id: str = "") -> None:
    """Raises filter_unsound where the filter names what is not there, or leads back to its audience."""
    try:
        compile_filter(filter, field_schema.scope(world))
    except Problem as problem:
        field_id = problem.details.get("field_id")
        reason = f"{field_id} is no field of this instance" if field_id else problem.details["reason"]
        raise Problem("filter_unsound", reason=reason) from problem
    for id in sorted(campaigns_in(filter)):
        if not world.records(campaign_records.KIND).has(id):
            raise Problem("filter_unsound", reason=f"{id} is no campaign of this instance")
    needs = {audience.id: audience.needs | audience.will_need for audience in load_all(world)}
    wanted = audiences_in(filter)
    for id in sorted(wanted - set(needs)):
        raise Problem("filter_unsound", reason=f"{id} is no audience of this instance")
    while wanted:
        if own_id in wanted:
            raise Problem("filter_unsound", reason=f"the audience {own_id} would depend on itself")
        wanted = set().union(*(needs[id] for id in wanted if id in needs))


def _build(world: World, audience: Audience, filter: Filter) -> None:
    audience.shown.update(building=True, ready=False, new_filter=filter, new_filter_sha=sha(filter))
    world.records(KIND).update(audience.id, audience.record)
    for job in world.jobs.pending("build_audience"):
        if job.arguments["audience_id"] == audience.id:
            world.jobs.cancel(job.id)
    world.jobs.schedule(world.now() + BUILD_TIME, "build_audience", audience_id=audience.id)


def _audience(world: World, id: str) -> Audience:
    audience = load(world, id.lower())
    if audience is None:
        raise Problem("unknown_audience", audience_id=id)
    return audience


def _archived(world: World, id: str) -> Audience:
    audience = _audience(world, id)
    if not _is_archived(audience):
        raise Problem("not_archived", audience_id=audience.id)
    return audience


def _is_archived(audience: Audience) -> bool:
    return audience.parent.startswith("archived")


def _shown(world: World, audience: Audience) -> dict[str, Any]:
    return as_shown(audience.record, True, seconds(world.now()) // DAY)
