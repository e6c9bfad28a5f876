"""The endpoints of accounts, which are also those of organizations, their name until June 2025."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto import account_activity_logic, account_query, activity_logic
from mockserver.vendors.ortto.account_merge import AccountMerge
from mockserver.vendors.ortto.account_records import Account, AccountStore
from mockserver.vendors.ortto.null_handling import without_nulls
from mockserver.vendors.ortto.payload import require_size
from mockserver.vendors.ortto.person_records import copy_person
from mockserver.vendors.ortto.selection_logic import require_one_accepted, select


def get_accounts(call: Call, world: World) -> object:
    """Returns a page of accounts, newest first unless sorted. Raises attributes_invalid and field_unknown."""
    query = without_nulls(call.body)
    if query.get("type") == "archived_account" and "fields" in query:
        raise Problem("attributes_invalid")
    return account_query.run_query(world, query)


def get_accounts_by_ids(call: Call, world: World) -> object:
    """Returns accounts by their ids, including archived ones; unknown ids are left out."""
    query, store = without_nulls(call.body), AccountStore(world)
    found = (store.get(id.lower()) for id in dict.fromkeys(query["account_ids"]))
    fields = query.get("fields", ())
    return {"accounts": {one["id"]: account_query.render(one, fields) for one in found if one is not None}}


def merge_accounts(call: Call, world: World) -> object:
    """Creates and updates accounts.

    Raises body_malformed (too large), field_unknown (merge_by), and no_valid_accounts if all are invalid.
    """
    require_size(call)
    body = without_nulls(call.body)
    body["accounts"] = [without_nulls(account) for account in body["accounts"]]
    merge = AccountMerge(world, body)
    if body.get("async", False):
        world.jobs.schedule(world.now() + timedelta(seconds=1), "merge_accounts_later", body=body)
        return {"accounts": [{"status": "queued"} for _ in body["accounts"]]}
    results = merge.run()
    require_one_accepted(results, "no_valid_accounts")
    return {"accounts": results}


def archive_accounts(call: Call, world: World) -> object:
    """Archives accounts, who keep their people; unknown ids are not counted."""
    count = _set_archived(world, without_nulls(call.body), archived=True)
    return {"scheduled_organizations": 0, "archived_organizations": count}


def restore_accounts(call: Call, world: World) -> object:
    """Restores archived accounts."""
    count = _set_archived(world, without_nulls(call.body), archived=False)
    return {"scheduled_organizations": 0, "restored_organizations": count}


def delete_accounts(call: Call, world: World) -> object:
    """Deletes archived accounts; others stay as they are."""
    store, count = AccountStore(world), 0
    for account in _selected(store, without_nulls(call.body), archived=True):
        store.remove(account)
        count += 1
    store.flush()
    return {"scheduled_accounts": 0, "deleted_accounts": count}


def add_account_contacts(call: Call, world: World) -> object:
    """Makes people belong to the account. Raises the problem object_not_found."""
    store = AccountStore(world)
    store.add_people(_find(store, call.body["account_id"]), _person_ids(call))
    store.flush()
    return {}


def remove_account_contacts(call: Call, world: World) -> object:
    """Ends the membership of people in the account. Raises the problem object_not_found."""
    store = AccountStore(world)
    store.remove_people(_find(store, call.body["account_id"]), _person_ids(call))
    store.flush()
    return {}


def create_account_activities(call: Call, world: World) -> object:
    """Records activities of accounts, which have been seen then.

    Raises body_malformed (too large), request_invalid (too large, no merge_by), field_unknown, id_malformed
    and id_not_hex.
    """
    require_size(call)
    body = without_nulls(call.body)
    activities = activity_logic.prepare(body)
    activity_logic.require_size(activities)
    account_activity_logic.require_valid(world, activities)
    record = account_activity_logic.record_activities
    activity_logic.record_or_schedule(
        world, activities, body.get("async", False), record, "record_of_accounts_later"
    )
    return {"activities": [_queued(activity) for activity in activities]}


def _queued(activity: dict[str, Any]) -> dict[str, Any]:
    given = account_activity_logic.named_account(activity)
    named = {"account_id": given.lower()} if given is not None else {}
    return {**named, "status": "queued", "account_status": "queued"}


def _person_ids(call: Call) -> list[str]:
    return list(dict.fromkeys(id.lower() for id in call.body["person_ids"]))


def _find(store: AccountStore, id: str) -> Account:
    account = store.get(id.lower())
    if account is None:
        raise Problem("object_not_found", object=id)
    return account


def _set_archived(world: World, selection: dict[str, Any], archived: bool) -> int:
    store, count = AccountStore(world), 0
    for account in _selected(store, selection, archived=not archived):
        store.put(account, copy_person(account) | {"archived": archived})
        count += 1
    store.flush()
    return count


def _selected(store: AccountStore, selection: dict[str, Any], archived: bool) -> Iterator[Account]:
    return select(selection, archived, lambda archived: list(store.iterate(archived)), store.get)
