"""Point accounts: each contact has one, with the points of its purchases and those that others add."""

from typing import Any, Final

from mockserver.call import Call
from mockserver.contract.parameter_leniency import read_uuid
from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso
from mockserver.state.records import Record, RecordView
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    booking,
    contact_records,
    identifier_records,
    point_records,
    receipt_logic,
    validation_messages,
    webhook_records,
)
from mockserver.vendors.voyado.paging import to_page

_TIMES: Final = ("timeStamp", "validFrom", "validTo")
_MEMBERS: Final = ("contactId", "amount", "definitionId", "source", "description", *_TIMES)


def list_point_accounts(call: Call, world: World) -> object:
    """Returns a page with the contact's account. Problem: contact_not_found."""
    id = call.params["contactId"]
    return to_page(call, [_account(world, id, contact_records.view(world, id))])


def list_point_accounts_v2(call: Call, world: World) -> object:
    """Returns the same reply as `list_point_accounts`."""
    return list_point_accounts(call, world)


def get_point_account(call: Call, world: World) -> object:
    """Returns the account. Problem: points_not_found."""
    contact = _contact_of_account(world, call.params["id"])
    return _account(world, contact, contact_records.view(world, contact))


def get_point_account_v2(call: Call, world: World) -> object:
    """Returns the same reply as `get_point_account`."""
    return get_point_account(call, world)


def list_point_definitions(call: Call, world: World) -> object:
    """Lists the tenant's only kind of points."""
    first, count = call.params["offset"], call.params["count"]
    return [_definition()][first : first + count]


def list_point_definitions_v2(call: Call, world: World) -> object:
    """Returns the same reply as `list_point_definitions`."""
    return list_point_definitions(call, world)


def get_point_definition(call: Call, world: World) -> object:
    """Returns the kind of points. Problem: points_not_found."""
    if call.params["id"] != point_records.DEFINITION:
        raise Problem("points_not_found")
    return _definition()


def get_point_definition_v2(call: Call, world: World) -> object:
    """Returns the same reply as `get_point_definition`."""
    return get_point_definition(call, world)


def list_point_transactions(call: Call, world: World) -> object:
    """Returns a page of transactions of an account, or of a contact and a kind of points.

    Problems: invalid_page, contact_not_found, points_not_found.
    """
    params = call.params
    if "accountId" in params:
        contact = _contact_of_account(world, params["accountId"])
    elif "contactId" in params and "definitionId" in params:
        contact = params["contactId"]
        contact_records.check(world, contact)
        if params["definitionId"] != point_records.DEFINITION:
            raise Problem("points_not_found")
    else:
        raise Problem("invalid_page", reason=validation_messages.required("accountId"))
    account = int(contact_records.view(world, contact)["memberNumber"])
    wanted = {"Active": False, "Pending": True}.get(params["filter"])
    found = [
        _transaction(number, account, one)
        for number, one in point_records.iterate(world, contact)
        if wanted in (None, point_records.is_pending(world, one))
    ]
    return to_page(call, found)


def list_point_transactions_v2(call: Call, world: World) -> object:
    """Returns the same reply as `list_point_transactions`."""
    return list_point_transactions(call, world)


def get_point_transaction(call: Call, world: World) -> object:
    """Returns the transaction. Problem: points_not_found."""
    number = call.params["id"]
    record = point_records.get(world, number)
    contact = record and world.records(contact_records.KIND).view(record["contact"])
    if not record or not contact:
        raise Problem("points_not_found")
    return _transaction(number, int(contact["memberNumber"]), record)


def get_point_transaction_v2(call: Call, world: World) -> object:
    """Returns the same reply as `get_point_transaction`."""
    return get_point_transaction(call, world)


def add_point_transactions(call: Call, world: World) -> object:
    """Adds points to accounts and returns the rows that were not accepted.

    A call with the idempotency key of an earlier one has its reply and no effect.
    """
    key = call.params.get("Idempotency-Key")
    known = point_records.remembered_reply(world, key) if key else None
    if known is not None:
        return known
    reply: dict[str, list[Any]] = {
        name: [] for name in ("notAccepted", "errorMessages", "missingDefinitionIds", "missingContactIds")
    }
    for row in call.body:
        _add(world, row, reply)
    if key:
        point_records.remember_reply(world, key, reply)
    return reply


def add_point_transactions_v2(call: Call, world: World) -> object:
    """Does the same as `add_point_transactions`."""
    return add_point_transactions(call, world)


def _add(world: World, row: dict[str, Any], reply: dict[str, list[Any]]) -> None:
    try:
        times = {name: point_records.normalize_time(row[name]) for name in _TIMES if row.get(name)}
    except ValueError:
        times = {}
        message: str | None = "The timeStamp, validFrom or validTo field is not a valid date."
    else:
        message = _fault(row)
    contact = read_uuid(str(row.get("contactId"))) or str(row.get("contactId"))
    if message is None and row.get("definitionId") != point_records.DEFINITION:
        message = validation_messages.not_found("point definition")
        reply["missingDefinitionIds"].append(row.get("definitionId"))
    if message is None and not world.records(contact_records.KIND).has(contact):
        message = validation_messages.not_found("contact")
        reply["missingContactIds"].append(contact)
    if message is not None:
        reply["notAccepted"].append({name: row[name] for name in _MEMBERS if name in row})
        reply["errorMessages"].append(message)
        return
    _book(world, contact, row, times)


def _fault(row: dict[str, Any]) -> str | None:
    """Returns the message for the first invalid member of a row, or None."""
    for name in ("contactId", "source", "description"):
        if not row.get(name):
            return validation_messages.required(name)
        if not isinstance(row[name], str):
            return validation_messages.must_be(name, "a string")
    amount, definition = row.get("amount"), row.get("definitionId")
    if (
        isinstance(amount, bool)
        or not isinstance(amount, int | float)
        or abs(amount) > receipt_logic.MAX_AMOUNT
    ):
        return validation_messages.must_be("amount", "a number")
    if isinstance(definition, bool) or not isinstance(definition, int):
        return validation_messages.must_be("definitionId", "a whole number")
    return None


def _book(world: World, contact: str, row: dict[str, Any], times: dict[str, str]) -> None:
    """Adds the points now, or when they become valid; they leave the account when they expire."""
    record = point_records.add(
        world,
        contact,
        row["amount"],
        kind="Manual",
        source=row["source"],
        description=row["description"],
        date=times.get("timeStamp", ""),
        valid_from=times.get("validFrom", ""),
        valid_to=times.get("validTo"),
    )
    webhook_records.points_added(world, contact, record)
    if point_records.is_pending(world, record):
        world.jobs.schedule_event(
            from_iso(record["validFrom"]), "add_points", contact=contact, amount=row["amount"]
        )
    else:
        booking.add_points(world, contact, row["amount"])
    if record["validTo"]:
        end = max(from_iso(record["validTo"]), world.now())
        world.jobs.schedule_event(end, "add_points", contact=contact, amount=-row["amount"])


def _account(world: World, contact: str, record: RecordView) -> dict[str, Any]:
    return {
        "id": int(record["memberNumber"]),
        "contactId": contact,
        "definitionId": point_records.DEFINITION,
        "balance": record["bonusPoints"],
        "balanceExpires": point_records.expiry(world, contact),
        "pendingPoints": point_records.pending(world, contact),
        "links": [],
    }


def _contact_of_account(world: World, account: int) -> str:
    ids = identifier_records.find(world, "memberNumber", str(account))
    if not ids:
        raise Problem("points_not_found")
    return ids[0]


def _definition() -> dict[str, Any]:
    return {
        "id": point_records.DEFINITION,
        "name": "Bonus points",
        "description": "One for each unit spent.",
        "links": [],
    }


def _transaction(number: int, account: int, record: Record) -> dict[str, Any]:
    shown = {name: value for name, value in record.items() if name != "contact"}
    return {
        "id": number,
        "accountId": account,
        **shown,
        "modifiedOn": record["createdOn"],
        "retailTransactionLineItemId": None,
        "links": [],
    }
