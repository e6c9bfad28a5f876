"""The part `account` of a scenario's section: what belongs to one customer's account besides audiences."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.errors import InvalidScenarioError
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    audience_records,
    automation_records,
    campaign_records,
    form_records,
    property_logic,
    reference_records,
    temporary_list_records,
    trend_report_records,
)

_WHERE: Final = "spotler's account at /account"
_FORMER: Final = ("product", "maximumAudiences", "maximumTemporaryLists", "permissions", "properties")
"""Members of the account that the section itself may have instead, as it once did."""

_FIXED: Final = {property_logic.EMAIL: "email", property_logic.PERMISSIONS: "set"}
"""Properties on which the fake relies, and their types."""


def read(section: Mapping[str, Any]) -> dict[str, Any]:
    """The account of a scenario's section. Raises `InvalidScenarioError`."""
    account: dict[str, Any] = dict(section.get("account", {}))
    for name in _FORMER:
        if name in section and name in account:
            raise InvalidScenarioError(f"{_WHERE}/{name}", f"/{name} is given too", f"remove /{name}")
        if name in section:
            account[name] = section[name]
    for number, one in enumerate(account.get("properties", [])):
        _check_property(f"{_WHERE}/properties/{number}", one)
    _check_unique(account, "properties", "name")
    _check_unique(account, "permissions", None)
    _check_unique(account, "temporaryLists", "name")
    _check_unique(account, "automationTriggers", "triggerCode")
    _check_limit(account, "maximumTemporaryLists", account.get("temporaryLists", ()))
    _check_limit(account, "maximumAudiences", section.get("audiences", ()))
    for number, form in enumerate(account.get("forms", ())):
        _check_unique(form, "fields", "name", f"{_WHERE}/forms/{number}")
    return account


def add_content(world: World, account: Mapping[str, Any]) -> None:
    """Adds what the account has besides its properties, once its audiences exist.

    Raises `InvalidScenarioError` for a campaign with an unknown audience.
    """
    for number, campaign in enumerate(account.get("campaigns", [])):
        audience = campaign.get("audience")
        if audience is not None:
            if audience_records.get(world, audience) is None:
                where = f"{_WHERE}/campaigns/{number}/audience"
                raise InvalidScenarioError(
                    where, f"unknown audience {audience!r}", "add it to the audiences of the section"
                )
            reference_records.add_filter(world, "campaign", audience, campaign["name"], None)
        campaign_records.add(world, campaign)
    for trigger in account.get("automationTriggers", []):
        automation_records.add(world, trigger["automations"], trigger.get("triggerCode"))
    for form in account.get("forms", []):
        form_records.add(world, form)
    for report in account.get("trendReports", []):
        trend_report_records.add(world, report)
    for one in account.get("temporaryLists", []):
        temporary_list_records.add_without_id(world, one["name"], one["type"])


def _check_property(where: str, definition: Mapping[str, Any]) -> None:
    name, type = definition["name"], definition["type"]
    if type != _FIXED.get(name, type):
        raise InvalidScenarioError(
            f"{where}/type", f"{name!r} has the type {type}", f"make it {_FIXED[name]}, or use another name"
        )
    entries: Sequence[Mapping[str, Any]] = definition.get("entries", ())
    if (type == "set") != bool(entries):
        what = "a set without entries" if type == "set" else f"a property of the type {type} has entries"
        raise InvalidScenarioError(where, what, "give entries to a set, and to no other type")
    bits = [one["bit"] for one in entries]
    if len(set(bits)) < len(bits):
        raise InvalidScenarioError(
            f"{where}/entries", "two entries share a bit", "give each a bit of its own"
        )


def _check_limit(account: Mapping[str, Any], limit: str, items: Sequence[Any]) -> None:
    """Raises `InvalidScenarioError` if the account starts with more than it can have."""
    if len(items) > account.get(limit, len(items)):
        raise InvalidScenarioError(
            f"{_WHERE}/{limit}", f"it starts with {len(items)}", f"raise it to {len(items)}, or give fewer"
        )


def _check_unique(account: Mapping[str, Any], member: str, key: str | None, at: str = _WHERE) -> None:
    """Raises `InvalidScenarioError` if two of the member's items have the same name or key."""
    seen: set[Any] = set()
    for number, one in enumerate(account.get(member, [])):
        value = one if key is None else one.get(key)
        if value is not None and value in seen:
            where = f"{at}/{member}/{number}"
            raise InvalidScenarioError(where, f"{value!r} occurs twice", "remove one of them")
        seen.add(value)
