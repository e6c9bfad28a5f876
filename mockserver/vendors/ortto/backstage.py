"""Backstage actions: what people do in Ortto's user interface."""

from collections.abc import Callable, Sequence
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto import (
    activity_definition_records,
    activity_records,
    campaign_records,
    custom_field_records,
    field_schema,
    webhook_logic,
    webhook_records,
)
from mockserver.vendors.ortto.activity_catalog import BUILT_IN, kebab
from mockserver.vendors.ortto.audience_records import (
    KIND,
    Audience,
    delete,
    filter_sha,
    insert,
    load,
    load_all,
    new_record,
    render_audience,
    set_archived,
)
from mockserver.vendors.ortto.field_values import Person, as_datetime, lookup_key
from mockserver.vendors.ortto.filter_logic import Filter, audiences_in, campaigns_in, compile_filter
from mockserver.vendors.ortto.jobs import BUILD_TIME
from mockserver.vendors.ortto.person_records import NewEvent, PersonStore, copy_person
from mockserver.vendors.ortto.timestamps import SECONDS_PER_DAY, format_datetime, to_seconds

_OPTIONAL_ATTRIBUTES = (
    "is_public", "sms_is_public", "public_name", "public_description", "sms_public_name",
    "sms_public_description", "icon_id",
)  # fmt: skip


def create_audience(call: Call, world: World) -> object:
    """Creates an audience, which is building; it is ready, with its members, a second later."""
    filter = call.body["filter"]
    _validate_filter(world, filter)
    given = {name: call.body[name] for name in _OPTIONAL_ATTRIBUTES if name in call.body}
    record = new_record(world, call.body["name"], filter, world.now(), **given)
    audience = insert(world, record, retention=call.body.get("retention", False))
    _start_building(world, audience, filter)
    return _render(world, audience)


def edit_criteria(call: Call, world: World) -> object:
    """Replaces the criteria; the members and the filter change when they are built, a second later."""
    audience = _find_audience(world, call.body["audience_id"])
    filter = call.body["filter"]
    _validate_filter(world, filter, audience.id)
    audience.attributes["edited_at"] = format_datetime(world.now())
    _start_building(world, audience, filter)
    return _render(world, audience)


def archive_audience(call: Call, world: World) -> object:
    """Archives an audience, which is then listed with `archived` only. Raises already_archived."""
    audience = _find_audience(world, call.body["audience_id"])
    if _is_archived(audience):
        raise Problem("already_archived", audience_id=audience.id)
    audience.attributes["archived_at"] = format_datetime(world.now())
    set_archived(world, audience, archived=True)
    return _render(world, audience)


def restore_audience(call: Call, world: World) -> object:
    """Restores an archived audience. Raises the problem not_archived."""
    audience = _find_archived_audience(world, call.body["audience_id"])
    del audience.attributes["archived_at"]
    set_archived(world, audience, archived=False)
    return _render(world, audience)


def delete_audience(call: Call, world: World) -> object:
    """Deletes an archived audience. Raises the problems not_archived and in_use."""
    audience = _find_archived_audience(world, call.body["audience_id"])
    for other in load_all(world):
        if audience.id in other.dependencies | other.pending_dependencies:
            raise Problem("in_use", audience_id=audience.id, by=other.id)
    delete(world, audience)
    return {"deleted": audience.id}


def create_custom_field(call: Call, world: World) -> object:
    """Creates a custom field of people. Raises the problem field_exists."""
    display_type, name = call.body["display_type"], call.body["name"]
    if kebab(name) in custom_field_records.names(custom_field_records.load_all(world)):
        raise Problem("field_exists", field=name)
    choices, tracked = call.body.get("dic_items", []), call.body.get("track_changes", False)
    return custom_field_records.define(world, name, display_type, choices, tracked)


def suppress_email(call: Call, world: World) -> object:
    """Puts an address on the email suppression list."""
    email = call.body["email"]
    world.records("suppressed").add(lookup_key(email), {"email": email})
    return {"email": email}


def record_activity(call: Call, world: World) -> object:
    """Records an activity of people, now or at `moment`. Raises unknown_person and unknown_activity.

    A custom activity is defined by its first record; the built-in ones are fixed.
    """
    activity = call.body["field_id"]
    given = as_datetime(call.body["moment"]) if "moment" in call.body else None
    moment = to_seconds(given or world.now())
    if activity not in BUILT_IN:
        if activity.startswith("act::"):
            raise Problem("unknown_activity", field_id=activity, known=", ".join(sorted(BUILT_IN)))
        if activity_definition_records.load(world, activity) is None:
            activity_definition_records.define(world, activity)

    def record(person: Person) -> None:
        activity_records.add_occurrence(person, activity, moment)

    activity_definition_records.mark_live(world, [activity])
    return _change_people(call, world, record, [(activity, moment, {}, "")])


def create_campaign(call: Call, world: World) -> object:
    """Creates a campaign without people in it."""
    return campaign_records.create(world, call.body["name"], world.now())


def list_campaigns(call: Call, world: World) -> object:
    """Lists the campaigns, oldest first; no public endpoint of this fake returns their ids."""
    return {"campaigns": [row.record for row in world.records(campaign_records.KIND).iterate()]}


def start_campaign(call: Call, world: World) -> object:
    """Starts a campaign for the people who are not in it. Raises unknown_campaign and unknown_person."""
    campaign, now = _find_campaign(call, world), to_seconds(world.now())

    def start(person: Person) -> None:
        if not campaign_records.is_in_campaign(person, campaign):
            campaign_records.start(person, campaign, now)

    return _change_people(call, world, start)


def leave_campaign(call: Call, world: World) -> object:
    """Ends a campaign for the people who are in it. Raises unknown_campaign and unknown_person."""
    campaign, now = _find_campaign(call, world), to_seconds(world.now())

    def leave(person: Person) -> None:
        if campaign_records.is_in_campaign(person, campaign):
            campaign_records.leave(person, campaign, now)

    return _change_people(call, world, leave)


def run_webhook_action(call: Call, world: World) -> object:
    """Lets people reach a webhook action of a campaign.

    Raises unknown_campaign, unknown_person and unknown_field.
    """
    campaign = world.records(campaign_records.KIND).get(_find_campaign(call, world)) or {}
    known = field_schema.readable_fields(world)
    for id in call.body.get("fields", []):
        if id not in known:
            raise Problem("unknown_field", field_id=id)
    people = [_find_person(world, key) for key in call.body["people"]]
    action = webhook_logic.Action(world, campaign, call.body)
    for person in people:
        action.deliver(person)
    return {"deliveries": len(people)}


def list_webhook_deliveries(call: Call, world: World) -> object:
    """Lists the deliveries that are due, oldest first."""
    return {"deliveries": webhook_logic.list_due(world, int(call.body.get("limit", 100)))}


def answer_webhook_delivery(call: Call, world: World) -> object:
    """Ends a delivery or schedules its next attempt. Raises unknown_delivery and delivery_not_due."""
    id = call.body["delivery_id"].lower()
    delivery = webhook_records.find(world, id)
    if delivery is None:
        raise Problem("unknown_delivery", delivery_id=id)
    if not webhook_records.is_due(world, delivery):
        raise Problem("delivery_not_due", delivery_id=id)
    status = call.body.get("status")
    return webhook_logic.answer(world, delivery, None if status is None else int(status))


def _find_person(world: World, key: dict[str, Any]) -> Person:
    store = PersonStore(world)
    id = store.index.find_by_key(key)
    person = store.get(id) if id else None
    if person is None:
        raise Problem("unknown_person", person=next(iter(key.values())))
    return person


def _find_campaign(call: Call, world: World) -> str:
    id: str = call.body["campaign_id"].lower()
    if not world.records(campaign_records.KIND).has(id):
        raise Problem("unknown_campaign", campaign_id=id)
    return id


def _change_people(
    call: Call, world: World, change: Callable[[Person], None], events: Sequence[NewEvent] = ()
) -> dict[str, int]:
    """Applies `change` to the people of the call, with these events, and counts those that it changed."""
    store, changed = PersonStore(world), 0
    for key in call.body["people"]:
        id = store.index.find_by_key(key)
        before = store.get(id) if id else None
        if before is None:
            raise Problem("unknown_person", person=next(iter(key.values())))
        after = copy_person(before)
        change(after)
        if after != before:
            store.put(before, after, events)
            changed += 1
    store.flush()
    return {"changed": changed}


def _validate_filter(world: World, filter: Filter, own_id: str = "") -> None:
    """Raises filter_unsound if the filter names something unknown or makes its audience depend on itself."""
    try:
        compile_filter(filter, field_schema.filter_context(world))
    except Problem as problem:
        field_id = problem.details.get("field_id")
        reason = f"unknown field {field_id}" if field_id else problem.details["reason"]
        raise Problem("filter_unsound", reason=reason) from problem
    for id in sorted(campaigns_in(filter)):
        if not world.records(campaign_records.KIND).has(id):
            raise Problem("filter_unsound", reason=f"unknown campaign {id}")
    dependencies = {
        audience.id: audience.dependencies | audience.pending_dependencies for audience in load_all(world)
    }
    required = audiences_in(filter)
    for id in sorted(required - set(dependencies)):
        raise Problem("filter_unsound", reason=f"unknown audience {id}")
    while required:
        if own_id in required:
            raise Problem("filter_unsound", reason=f"audience {own_id} would depend on itself")
        required = set().union(*(dependencies[id] for id in required if id in dependencies))


def _start_building(world: World, audience: Audience, filter: Filter) -> None:
    audience.attributes.update(
        building=True, ready=False, new_filter=filter, new_filter_sha=filter_sha(filter)
    )
    world.records(KIND).update(audience.id, audience.record)
    for job in world.jobs.pending("build_audience"):
        if job.arguments["audience_id"] == audience.id:
            world.jobs.cancel(job.id)
    world.jobs.schedule(world.now() + BUILD_TIME, "build_audience", audience_id=audience.id)


def _find_audience(world: World, id: str) -> Audience:
    audience = load(world, id.lower())
    if audience is None:
        raise Problem("unknown_audience", audience_id=id)
    return audience


def _find_archived_audience(world: World, id: str) -> Audience:
    audience = _find_audience(world, id)
    if not _is_archived(audience):
        raise Problem("not_archived", audience_id=audience.id)
    return audience


def _is_archived(audience: Audience) -> bool:
    return audience.parent.startswith("archived")


def _render(world: World, audience: Audience) -> dict[str, Any]:
    return render_audience(audience.record, True, to_seconds(world.now()) // SECONDS_PER_DAY)
