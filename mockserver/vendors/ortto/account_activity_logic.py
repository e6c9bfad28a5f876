"""Recording the activities that accounts/activities/create sends: at once, or later as a job."""

from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto import activity_definition_records, field_schema
from mockserver.vendors.ortto.account_merge import AccountMerge
from mockserver.vendors.ortto.account_records import ORGANIZATION_ID, AccountStore, writable_fields
from mockserver.vendors.ortto.activity_logic import event_id, require_current
from mockserver.vendors.ortto.activity_records import EVENT, write_event
from mockserver.vendors.ortto.field_values import as_datetime
from mockserver.vendors.ortto.ids import ID, raise_malformed
from mockserver.vendors.ortto.person_records import copy_person
from mockserver.vendors.ortto.timestamps import format_seconds, to_seconds

_OF_ACCOUNTS: Final = "act:oc:"
_MERGE_OPTIONS: Final = ("merge_by", "merge_strategy")


def require_valid(world: World, activities: list[dict[str, Any]]) -> None:
    """Raises request_invalid (no merge_by), field_unknown (activity, merge_by), id_malformed and id_not_hex.

    Activities of accounts are defined in Ortto's app only, so that every one of them is taken.
    """
    others = [one for one in activities if not one["activity_id"].startswith(_OF_ACCOUNTS)]
    require_current(world, others)
    for number, activity in enumerate(activities):
        id = named_account(activity)
        if id is not None and not ID.fullmatch(id):
            raise_malformed(id)
        if id is not None:
            continue
        if not activity.get("merge_by"):
            reason = f"activities.{number}: merge_by is required (Invalid value)"
            raise Problem("request_invalid", reason=reason)
        field_schema.require_known(activity["merge_by"], writable_fields(world))


def named_account(activity: dict[str, Any]) -> str | None:
    """The id of the account as the activity has it; None if the account is to be found by other fields."""
    id: str | None = activity["fields"].get(ORGANIZATION_ID)
    return id


def record_activities(world: World, activities: list[dict[str, Any]]) -> None:
    """Records the activities in order; one of an unknown account is dropped (inferred)."""
    for activity in activities:
        _record(world, activity)


def _record(world: World, activity: dict[str, Any]) -> None:
    owner, store = _find_or_merge(world, activity), AccountStore(world)
    account = store.get(owner) if owner else None
    if account is None:
        return
    created = as_datetime(activity["created"]) if "created" in activity else None
    moment = to_seconds(created or world.now())
    id = event_id(activity, account["id"], moment)
    if id and world.records(EVENT).has(id):
        return
    write_event(world, account["id"], activity["activity_id"], moment, activity.get("attributes", {}), id)
    activity_definition_records.mark_live(world, [activity["activity_id"]])
    before, seen = copy_person(account), format_seconds(moment)
    if seen > account["fields"].get("ol", ""):  # An activity moves the time when it was last seen (inferred).
        account["fields"]["ol"] = seen
        store.put(before, account)
        store.flush()


def _find_or_merge(world: World, activity: dict[str, Any]) -> str | None:
    """The id of the account; one that is named by other fields is created or updated."""
    given = named_account(activity)
    if given is not None:  # merge_by and the other fields are then ignored (documented)
        return given.lower()
    options: dict[str, Any] = {name: activity[name] for name in _MERGE_OPTIONS if name in activity}
    (result,) = AccountMerge(world, {"accounts": [{"fields": activity["fields"]}], **options}).run()
    return result.get("account_id")
