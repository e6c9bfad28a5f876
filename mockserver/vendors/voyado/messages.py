"""Messages that contacts got, and unsubscribing from them."""

from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records, message_records
from mockserver.vendors.voyado.paging import to_page

_EMAIL, _SMS, _POSTAL = "EmailMessage", "SmsMessage", "PostalMessage"


def list_email_messages(call: Call, world: World) -> object:
    """Lists the latest e-mails to the contact. Problem: contact_not_found."""
    return _latest(call, world, _EMAIL)


def list_sms_messages(call: Call, world: World) -> object:
    """Lists the latest text messages to the contact. Problem: contact_not_found."""
    return _latest(call, world, _SMS)


def list_postal_messages(call: Call, world: World) -> object:
    """Lists the latest postal messages to the contact. Problem: contact_not_found."""
    return _latest(call, world, _POSTAL)


def list_latest_messages(call: Call, world: World) -> object:
    """Lists the latest e-mails and text messages to the contact. Problem: contact_not_found."""
    return _latest(call, world, _EMAIL, _SMS)


def list_messages(call: Call, world: World) -> object:
    """Returns a page of the e-mails and text messages to the contact. Problem: contact_not_found."""
    return to_page(call, _newest(call, world, _EMAIL, _SMS))


def unsubscribe_email(call: Call, world: World) -> object:
    """Withdraws acceptsEmail. Problems: contact_not_found, message_not_found."""
    return _unsubscribe(call, world, "acceptsEmail")


def unsubscribe_sms(call: Call, world: World) -> object:
    """Withdraws acceptsSms. Problems: contact_not_found, message_not_found."""
    return _unsubscribe(call, world, "acceptsSms")


def _latest(call: Call, world: World, *types: str) -> dict[str, Any]:
    items = _newest(call, world, *types)[: call.params["count"]]
    return {"count": len(items), "items": items}


def _newest(call: Call, world: World, *types: str) -> list[dict[str, Any]]:
    contact = call.params["contactId"]
    contact_records.check(world, contact)
    return message_records.newest(world, contact, *types)


def _unsubscribe(call: Call, world: World, preference: str) -> dict[str, Any]:
    contact, message = call.params["contactId"], call.params.get("messageId")
    before = contact_records.find(world, contact)
    if message and not message_records.has(world, contact, message.lower()):
        raise Problem("message_not_found")
    after = {**before, "preferences": {**before["preferences"], preference: False}}
    contact_records.update(world, contact, before, after)
    return {}
