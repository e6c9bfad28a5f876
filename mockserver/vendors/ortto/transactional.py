"""The endpoint of e-mails to single people: POST /v1/transactional/send."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.ortto import campaign_records
from mockserver.vendors.ortto.activity_catalog import NAME, SENT
from mockserver.vendors.ortto.activity_logic import record_activities
from mockserver.vendors.ortto.ids import new_message_id
from mockserver.vendors.ortto.merge_logic import Merge
from mockserver.vendors.ortto.null_handling import without_nulls
from mockserver.vendors.ortto.payload import require_size
from mockserver.vendors.ortto.selection_logic import require_one_accepted

_OPTIONS: Final = ("merge_by", "merge_strategy", "find_strategy", "skip_non_existing")


def send_transactional_email(call: Call, world: World) -> object:
    """Creates or updates the people, and records that the e-mail was sent to each.

    Raises body_malformed (too large), object_not_found (the campaign), field_unknown (merge_by), and
    no_valid_people if all are invalid.
    """
    require_size(call)
    body = without_nulls(call.body)
    name = _find_name(world, body)
    emails = [without_nulls(email) for email in body["emails"]]
    people = [{part: email[part] for part in ("fields", "location") if part in email} for email in emails]
    options: dict[str, Any] = {option: body[option] for option in _OPTIONS if option in body}
    results = Merge(world, {**options, "people": people}).run()
    require_one_accepted(results, "no_valid_people")
    return {
        "emails": [
            _send(world, result, without_nulls(email.get("asset", {})).get("email_name") or name)
            for email, result in zip(emails, results, strict=True)
        ]
    }


def _find_name(world: World, body: Mapping[str, Any]) -> str:
    """The name of the e-mail. Raises object_not_found for an unknown campaign."""
    if "asset" in body:
        return str(body["asset"]["email_name"])
    id = body["campaign_id"]
    record = world.records(campaign_records.KIND).require(id.lower(), "object_not_found", object=id)
    return str(record["name"])


def _send(world: World, result: dict[str, Any], name: str) -> dict[str, Any]:
    """Records the e-mail of a person; the result of a person who was rejected stays."""
    if "person_id" not in result:
        return result
    sent = {"activity_id": SENT, "person_id": result["person_id"], "attributes": {NAME: name}}
    record_activities(world, [sent])
    return {
        "person_id": result["person_id"],
        "contact_status": result["status"],
        "email_status": "queued",
        "message_id": new_message_id(world),
        "email_name": name,
    }
