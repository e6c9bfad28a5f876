"""Backstage actions: what marketers and contacts do outside the API, and data that it does not return."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso, to_iso
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    account_records,
    audience_records,
    automation_records,
    bounce_records,
    campaign_mailing_records,
    campaign_records,
    contact_records,
    conversion_logic,
    conversion_records,
    form_records,
    history_records,
    mailing_records,
    member_records,
    order_records,
    reference_records,
    temporary_list_records,
    timestamps,
    trend_report_records,
)
from mockserver.vendors.spotler.reference_records import AUDIENCE, TEMPORARY_LIST

_CAMPAIGN: Final = "campaign"
_AUTOMATION: Final = "automation"
_REMOVED: Final = {"removed": True}


def schedule_mailing(call: Call, world: World) -> object:
    """Schedules a mailing. Problems: unknown_audience, unknown_temporary_list, moment_passed."""
    body = call.body
    kind = AUDIENCE if AUDIENCE in body else TEMPORARY_LIST
    target = body[kind]
    if kind == AUDIENCE:
        _require_audience(world, target)
    elif not temporary_list_records.exists(world, target):
        raise Problem("unknown_temporary_list", id=target)
    at = _parse_later_than(body["at"], world.now())
    return reference_records.add_mailing(world, kind, target, body.get("name", "Mailing"), at)


def remove_mailing(call: Call, world: World) -> object:
    """Deletes a mailing with its automailer and returns `{removed: true}`. Problem: unknown_mailing."""
    if not reference_records.remove_mailing(world, call.body["id"]):
        raise Problem("unknown_mailing", id=call.body["id"])
    return _REMOVED


def set_automailer(call: Call, world: World) -> object:
    """Sets the automailer of a mailing.

    Problems: unknown_mailing, moment_passed (not in the future, or not later than the mailing).
    """
    id = call.body["mailing"]
    record = _require_mailing(world, id)
    until = _parse_later_than(call.body["until"], max(world.now(), from_iso(record["at"])))
    return reference_records.set_automailer(world, id, record, until)


def remove_automailer(call: Call, world: World) -> object:
    """Removes the automailer of a mailing. Problem: unknown_mailing."""
    id = call.body["mailing"]
    return reference_records.set_automailer(world, id, _require_mailing(world, id), None)


def add_campaign_filter(call: Call, world: World) -> object:
    """Adds a filter of a campaign. Problems: unknown_audience, moment_passed."""
    return _add_filter(call, world, _CAMPAIGN)


def remove_campaign_filter(call: Call, world: World) -> object:
    """Removes a filter of a campaign and returns `{removed: true}`. Problem: unknown_filter."""
    return _remove_filter(call, world, _CAMPAIGN)


def add_automation_filter(call: Call, world: World) -> object:
    """Adds a filter of an automation. Problems: unknown_audience, moment_passed."""
    return _add_filter(call, world, _AUTOMATION)


def remove_automation_filter(call: Call, world: World) -> object:
    """Removes a filter of an automation and returns `{removed: true}`. Problem: unknown_filter."""
    return _remove_filter(call, world, _AUTOMATION)


def set_product(call: Call, world: World) -> object:
    """Sets the product of the account."""
    product = call.body["product"]
    account_records.save(world, account_records.get(world) | {"product": product})
    return {"product": product}


def set_limits(call: Call, world: World) -> object:
    """Sets the maximum number of audiences and temporary lists."""
    account = account_records.get(world)
    account["maximumAudiences"] = int(call.body.get("audiences", account["maximumAudiences"]))
    maximum_lists = call.body.get("temporaryLists", account["maximumTemporaryLists"])
    account["maximumTemporaryLists"] = int(maximum_lists)
    account_records.save(world, account)
    return {"audiences": account["maximumAudiences"], "temporaryLists": account["maximumTemporaryLists"]}


def list_members(call: Call, world: World) -> object:
    """Returns a page of an audience's members, in order of joining. Problem: unknown_audience."""
    id = call.body["audience"]
    list_id = _require_audience(world, id)[member_records.KEY]
    limit, after = int(call.body.get("limit", 100)), int(call.body.get("after", 0))
    members = list(member_records.page(world, list_id, after, limit))
    return {"audience": id, "count": member_records.count(world, list_id), "members": members}


def add_temporary_list(call: Call, world: World) -> object:
    """Adds a list of the user interface, without an external id. Problem: name_taken."""
    name, type = call.body["name"], call.body["type"]
    if temporary_list_records.is_name_taken(world, name):
        raise Problem("name_taken", list=name)
    temporary_list_records.add_without_id(world, name, type)
    return {"name": name, "type": type}


def add_form(call: Call, world: World) -> object:
    """Adds a form and returns `{id, name, formSubType, formState}`."""
    return form_records.to_dict(form_records.add(world, call.body))


def list_orders(call: Call, world: World) -> object:
    """Returns a page of the orders, oldest first."""
    limit, after = int(call.body.get("limit", 100)), int(call.body.get("after", 0))
    return {"orders": order_records.page(world, after, limit)}


def list_conversions(call: Call, world: World) -> object:
    """Returns a page of the conversions, oldest first."""
    limit, after = int(call.body.get("limit", 100)), int(call.body.get("after", 0))
    return {"conversions": conversion_records.page(world, after, limit)}


def add_property(call: Call, world: World) -> object:
    """Adds a contact property to the account, or redefines one of that name."""
    account = account_records.get(world)
    account["properties"] = account_records.merge_definitions(account["properties"], [call.body])
    account_records.save(world, account)
    return next(one for one in account["properties"] if one["name"] == call.body["name"])


def remove_property(call: Call, world: World) -> object:
    """Removes a property from the account and returns `{removed: true}`. Problem: unknown_property."""
    account, name = account_records.get(world), call.body["name"]
    kept = [one for one in account["properties"] if one["name"] != name]
    if len(kept) == len(account["properties"]):
        raise Problem("unknown_property", property=name)
    account_records.save(world, account | {"properties": kept})
    return _REMOVED


def unsubscribe_contact(call: Call, world: World) -> object:
    """Lets a contact opt out of all channels, by a mailing or not. Problem: unknown_contact."""
    key, record = _require_contact(world, call.body["contact"])
    contact_records.opt_out(world, key, record)
    if "mailing" in call.body:
        mailing_records.send(world, call.body["mailing"], mailing_records.EMAIL, key, unsubscribed=True)
    return _state(world, key)


def bounce_contact(call: Call, world: World) -> object:
    """Lets a mailing to a contact bounce; a hard bounce closes the channel. Problem: unknown_contact."""
    key, record = _require_contact(world, call.body["contact"])
    type, mailing = call.body.get("type", bounce_records.HARD), call.body.get("mailing", "mailing")
    sent = mailing_records.send(world, mailing, mailing_records.EMAIL, key, bounce=type)
    _bounce(world, key, record, type, sent["encryptedId"])
    return _state(world, key)


def return_contact(call: Call, world: World) -> object:
    """Lets a contact subscribe again, after an opt-out or a bounce. Problem: unknown_contact."""
    key, _record = _require_contact(world, call.body["contact"])
    contact_records.reactivate(world, key)
    return _state(world, key)


def record_mailing(call: Call, world: World) -> object:
    """Adds a mailing to the history of a contact and returns the entry.

    An e-mail has a `mailplusId`, the id in the URL of the clicked link. Problems: unknown_contact,
    unknown_trend_report.
    """
    body = call.body
    key, record = _require_contact(world, body["contact"])
    name, type = body.get("name", "Mailing"), body.get("type", mailing_records.EMAIL)
    mailing = mailing_records.find_or_add(world, name, type)
    report, link = body.get("trendReport"), mailing_records.FIRST_LINK
    if report is not None:
        if not trend_report_records.exists(world, int(report)):
            raise Problem("unknown_trend_report", id=str(report))
        mailing_records.set_trend_report(world, mailing, int(report))
    if "link" in body:
        link = mailing_records.add_link(world, mailing, body["link"])
    reactions = _reactions(body)
    mailing_records.send(world, name, type, key, link, **reactions)
    listed = mailing_records.to_dict(world, mailing)
    entry = {"mailing": listed, "sentDate": timestamps.to_moment(world.now()), **reactions}
    history_records.add(world, history_records.MAILING, key, entry)
    if "bounce" in body:
        _bounce(world, key, record, body["bounce"], listed["encryptedId"])
    if mailing["type"] != mailing_records.EMAIL:
        return entry
    return {**entry, "mailplusId": conversion_logic.mailplus_id(world, listed["encryptedId"], link, key)}


def record_campaign_mailing(call: Call, world: World) -> object:
    """Adds a campaign mailing to the history of a contact and returns the entry. Problem: unknown_contact."""
    body = call.body
    key, record = _require_contact(world, body["contact"])
    name, type = body.get("name", "Campaign mailing"), body.get("type", mailing_records.EMAIL)
    mailing = campaign_records.find_or_add_mailing(world, name, type)
    entry = campaign_mailing_records.send(world, mailing, key, **_reactions(body))
    if "bounce" in body:
        _bounce(world, key, record, body["bounce"], mailing["encryptedId"])
    return entry


def add_campaign(call: Call, world: World) -> object:
    """Adds a campaign and returns `{encryptedId, name, active, triggers, mailings}`.

    Its audience cannot be deleted. Problem: unknown_audience.
    """
    audience, name = call.body.get("audience"), call.body["name"]
    if audience is not None:
        _require_audience(world, audience)
        reference_records.add_filter(world, _CAMPAIGN, audience, name, None)
    record = campaign_records.add(world, call.body)
    return {**campaign_records.to_dict(record), "mailings": record["mailings"]}


def finish_campaign(call: Call, world: World) -> object:
    """Lets a contact reach the end of a campaign. Problems: unknown_contact, unknown_participation."""
    campaign, (key, _record) = call.body["campaign"], _require_contact(world, call.body["contact"])
    if campaign_records.state(world, campaign, key) != campaign_records.ACTIVE:
        raise Problem("unknown_participation", campaign=campaign, contact=call.body["contact"])
    campaign_records.set_state(world, campaign, key, campaign_records.FINISHED)
    return {"state": campaign_records.FINISHED}


def add_automation_trigger(call: Call, world: World) -> object:
    """Adds an external trigger of automations and returns `{triggerCode, automations}`."""
    return automation_records.add(world, call.body["automations"])


def add_trend_report(call: Call, world: World) -> object:
    """Adds a trend report and returns `{id, name}`."""
    record = trend_report_records.add(world, call.body)
    return {"id": record["id"], "name": record["name"]}


def _require_audience(world: World, id: str) -> Record:
    record = audience_records.get(world, id)
    if record is None:
        raise Problem("unknown_audience", id=id)
    return record


def _require_mailing(world: World, id: str) -> Record:
    record = reference_records.get_mailing(world, id)
    if record is None:
        raise Problem("unknown_mailing", id=id)
    return record


def _add_filter(call: Call, world: World, module: str) -> dict[str, Any]:
    body, audience = call.body, call.body["audience"]
    _require_audience(world, audience)
    until = _parse_later_than(body["until"], world.now()) if "until" in body else None
    return reference_records.add_filter(world, module, audience, body.get("name", "Filter"), until)


def _remove_filter(call: Call, world: World, module: str) -> dict[str, bool]:
    if not reference_records.remove_filter(world, module, call.body["id"]):
        raise Problem("unknown_filter", id=call.body["id"])
    return dict(_REMOVED)


def _parse_later_than(text: str, earliest: datetime) -> datetime:
    """Parses a time. Raises the problem moment_passed unless it is later than `earliest`."""
    try:
        time = from_iso(text)
    except (ValueError, OverflowError) as error:  # JSON Schema allows leap seconds and the year 0000
        raise Problem("moment_passed", moment=text, earliest=to_iso(earliest)) from error
    if time <= earliest:
        raise Problem("moment_passed", moment=text, earliest=to_iso(earliest))
    return time


def _reactions(body: Mapping[str, Any]) -> dict[str, Any]:
    bounce = {"bounce": body["bounce"]} if "bounce" in body else {}
    clicked = body.get("clicked", "link" in body)
    return {"opened": body.get("opened", False), "clicked": clicked, **bounce}


def _bounce(world: World, key: str, record: Record, type: str, mailing: str) -> None:
    bounce_records.add(world, key, type, mailing)
    if type == bounce_records.HARD:
        contact_records.set_state(world, key, record, email=False, bounced=True)


def _require_contact(world: World, id: str) -> contact_records.Found:
    """Key and record of the contact with this external id, or e-mail address."""
    record = contact_records.get(world, id)
    if record is not None:
        return id, record
    found = next(contact_records.find(world, "email", id), None)
    if found is None:
        raise Problem("unknown_contact", id=id)
    return found


def _state(world: World, key: str) -> dict[str, Any]:
    record = contact_records.get_by_key(world, key) or {}
    return {
        "optedOut": record.get("optedOut", False),
        "bounced": record.get("bounced", False),
        "email": record["email"],
        "sms": record["sms"],
    }
