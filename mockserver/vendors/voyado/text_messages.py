"""Text messages to phone numbers."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.voyado import identifier_records, message_records


def send_text_message(call: Call, world: World) -> object:
    """Stores the message for each contact with one of the numbers."""
    name = call.body.get("description") or "SMS"
    sent = {"type": "SmsMessage", "name": name, "text": call.body["message"], "isTransactional": True}
    for number in dict.fromkeys(call.body["phoneNumbers"]):
        for contact in identifier_records.find(world, "mobilePhone", number):
            message_records.add(world, contact, sent)
    return {"success": True}
