"""What an instance starts with: the audiences of a fresh account (recorded), and those of the demo."""

from datetime import timedelta
from typing import Any, Final, NamedTuple

Leaf = dict[str, Any]


class Blueprint(NamedTuple):
    """An audience to be written at the start; `age` is how long before the world's start it was made."""

    name: str
    leaves: tuple[Leaf, ...]
    age: timedelta
    shown: dict[str, Any]
    archived: bool = False


SYSTEM: Final = (
    Blueprint(
        "Subscribers",
        ({"$bol::is": {"field_id": "bol::p", "label": "Email permission is true", "value": True}},),
        timedelta(days=1096, seconds=4),
        {
            "template_id": "000000000a00000000000100",
            "is_public": True,
            "public_name": "Subscriber",
            "icon_id": "audiences-illustration-icon",
        },
    ),
    Blueprint(
        "SMS subscribers",
        ({"$bol::is": {"field_id": "bol::sp", "label": "SMS permission is true", "value": True}},),
        timedelta(days=1096, seconds=3),
        {
            "template_id": "000000000a00000000000200",
            "sms_is_public": True,
            "sms_public_name": "Notifications",
            "icon_id": "mobile-illustration-icon",
        },
    ),
    Blueprint(
        "Engaged subscribers",
        (
            {
                "$int::greater_than": {
                    "field_id": "int::e",
                    "label": "Engagement score is greater than 20",
                    "not_existing_as_zero": False,
                    "value": 20,
                }
            },
        ),
        timedelta(days=1096, seconds=2),
        {
            "template_id": "000000000a00000000000300",
            "is_public": True,
            "public_name": "News and updates",
            "icon_id": "heart-illustration-icon",
        },
    ),
    Blueprint(
        "Slipping subscribers",
        (
            {
                "$tme::relative_more_than": {
                    "days_ago": 30,
                    "field_id": "l",
                    "label": "Last seen is more than 30 days ago",
                }
            },
            {"$bol::is": {"field_id": "bol::p", "label": "Email permission is true", "value": True}},
        ),
        timedelta(days=1096, seconds=1),
        {"template_id": "000000000a00000000000400", "icon_id": "alarm-illustration-icon"},
    ),
    Blueprint(
        "My team",
        ({"$u4s::is": {"field_id": "u4s::t", "label": "Tag is My team", "value": 1}},),
        timedelta(days=1096),
        {"template_id": "000000000a00000000000500", "icon_id": "audiences-illustration-icon"},
    ),
)
"""The audiences of a fresh instance, the oldest first."""

_AUTHOR: Final = {"created_by_id": "6138058f3f0c8d6ad2c7b3a1", "created_by_name": "Robin Example"}

DEMO: Final = (
    Blueprint(
        "Summer sale",
        ({"$int::greater_than": {"field_id": "int:cm:orders", "value": 5}},),
        timedelta(days=500),
        _AUTHOR,
        archived=True,
    ),
    Blueprint(
        "Nordic customers",
        (
            {
                "$or": [
                    {"$geo::is": {"field_id": "geo::country", "value": "Sweden"}},
                    {"$geo::is": {"field_id": "geo::country", "value": "Finland"}},
                ]
            },
        ),
        timedelta(days=200),
        _AUTHOR,
    ),
    Blueprint(
        "VIP customers",
        ({"$str::is": {"field_id": "str:cm:label", "value": "VIP"}},),
        timedelta(days=100),
        {**_AUTHOR, "is_public": True, "public_name": "VIP club", "public_description": "First to know."},
    ),
)
"""Audiences that somebody made in the demo's app, the oldest first."""

FIELDS: Final[tuple[tuple[str, str, list[str], bool], ...]] = (
    ("Job title", "text", [], True),
    ("Label", "single_select", ["VIP", "Highly engaged", "New"], True),
    ("Company", "text", [], False),
    ("Orders", "integer", [], False),
    ("Total spent", "decimal", [], False),
    ("Last order", "time", [], False),
    ("Accepts post", "bool", [], False),
    ("Interests", "multi_select", ["Home", "Garden", "Sports", "Books"], False),
)
"""The demo's custom fields: name, display type, choices, whether changes are tracked."""

TAGS: Final = ((1, "My team", "manual"), (2, "Newsletter 2025", "csv"), (3, "Trade fair", "api"))
"""Id, name and source of the tags; an instance without people has the first alone."""

CAMPAIGN: Final = "Welcome series"
"""The demo's campaign: whoever may be sent email starts it on joining and leaves it when it is over."""

CAMPAIGN_TAKES: Final = timedelta(days=30)
CAMPAIGN_AGE: Final = timedelta(days=90)

SUPPRESSED: Final = ("bounced@example.com", "complained@example.com")
"""Addresses that mail has come back from."""


def criteria(leaves: tuple[Leaf, ...]) -> dict[str, Any]:
    """The filter as the app makes it: every condition in an $and of its own (seed page, recordings)."""
    return {"$and": [{"$and": [leaf]} for leaf in leaves]}
