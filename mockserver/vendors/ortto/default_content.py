"""The content that an instance starts with: that of a fresh account (recorded), and that of the demo."""

from datetime import timedelta
from typing import Any, Final, NamedTuple

Condition = dict[str, Any]


class DefaultAudience(NamedTuple):
    """An audience of a new instance; `age` is the time between its creation and the start of the world."""

    name: str
    conditions: tuple[Condition, ...]
    age: timedelta
    attributes: dict[str, Any]
    archived: bool = False


SYSTEM_AUDIENCES: Final = (
    DefaultAudience(
        "Subscribers",
        ({"$bol::is": {"field_id": "bol::p", "label": "Email marketing permission is true", "value": True}},),
        timedelta(days=1096, seconds=4),
        {
            "template_id": "000000000a00000000000100",
            "is_public": True,
            "public_name": "Subscriber",
            "public_description": "Hear about new products, and read our letters.",
            "icon_id": "audiences-illustration-icon",
        },
    ),
    DefaultAudience(
        "SMS subscribers",
        ({"$bol::is": {"field_id": "bol::sp", "label": "SMS marketing permission is true", "value": True}},),
        timedelta(days=1096, seconds=3),
        {
            "template_id": "000000000a00000000000200",
            "sms_is_public": True,
            "sms_public_name": "Notifications",
            "sms_public_description": "Offers, and what you should know, on your phone.",
            "icon_id": "mobile-illustration-icon",
        },
    ),
    DefaultAudience(
        "Engaged subscribers",
        (
            {
                "$int::greater_than": {
                    "field_id": "int::e",
                    "label": "Engagement is greater than 20",
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
            "public_description": "What is new with us, now and then.",
            "icon_id": "heart-illustration-icon",
        },
    ),
    DefaultAudience(
        "Slipping subscribers",
        (
            {
                "$tme::relative_more_than": {
                    "days_ago": 30,
                    "field_id": "l",
                    "label": "Last seen more than 30 days ago",
                }
            },
            {
                "$bol::is": {
                    "field_id": "bol::p",
                    "label": "Email marketing permission is true",
                    "value": True,
                }
            },
        ),
        timedelta(days=1096, seconds=1),
        {"template_id": "000000000a00000000000400", "icon_id": "alarm-illustration-icon"},
    ),
    DefaultAudience(
        "My team",
        ({"$u4s::is": {"field_id": "u4s::t", "label": "Tag is My team", "value": 1}},),
        timedelta(days=1096),
        {"template_id": "000000000a00000000000500", "icon_id": "audiences-illustration-icon"},
    ),
)
"""The audiences of a fresh instance, oldest first."""


def _country(name: str) -> Condition:
    return {"$geo::is": {"field_id": "geo::country", "label": f"Country is {name}", "value": name}}


_AUTHOR: Final = {"created_by_id": "6138058f3f0c8d6ad2c7b3a1", "created_by_name": "Robin Example"}

DEMO_AUDIENCES: Final = (
    DefaultAudience(
        "Summer sale",
        (
            {
                "$int::greater_than": {
                    "field_id": "int:cm:orders",
                    "label": "Orders is greater than 5",
                    "value": 5,
                }
            },
        ),
        timedelta(days=500),
        _AUTHOR,
        archived=True,
    ),
    DefaultAudience(
        "Nordic customers",
        (
            {
                "$or": [
                    _country("Sweden"),
                    _country("Finland"),
                ]
            },
        ),
        timedelta(days=200),
        _AUTHOR,
    ),
    DefaultAudience(
        "VIP customers",
        ({"$str::is": {"field_id": "str:cm:label", "label": "Label is VIP", "value": "VIP"}},),
        timedelta(days=100),
        {**_AUTHOR, "is_public": True, "public_name": "VIP club", "public_description": "First to know."},
    ),
)
"""The audiences created in the demo, oldest first."""

CUSTOM_FIELDS: Final[tuple[tuple[str, str, list[str], bool], ...]] = (
    ("Job title", "text", [], True),
    ("Label", "single_select", ["VIP", "Highly engaged", "New"], True),
    ("Company", "text", [], False),
    ("Orders", "integer", [], False),
    ("Total spent", "decimal", [], False),
    ("Last order", "time", [], False),
    ("Accepts post", "bool", [], False),
    ("Interests", "multi_select", ["Home", "Garden", "Sports", "Books"], False),
)
"""The custom fields of the demo: name, display type, choices, whether changes are tracked."""

TAGS: Final = ((1, "My team"), (2, "Newsletter 2025"), (3, "Trade fair"))
"""The tags of people (id, name); an instance without people has only the first."""

ACCOUNT_TAG: Final = (1, "My organization")
"""The tag of accounts that every instance has."""

CAMPAIGN_NAME: Final = "Welcome series"
"""The campaign of the demo: people with email permission start it on joining and leave it when it ends."""

CAMPAIGN_DURATION: Final = timedelta(days=30)
CAMPAIGN_AGE: Final = timedelta(days=90)

SUPPRESSED_EMAILS: Final = ("bounced@example.com", "complained@example.com")
"""The addresses on the suppression list of the demo."""


TIMEZONE: Final = "Europe/Stockholm"
"""The time zone of the instance, where its shop is."""


def entry_filter(conditions: tuple[Condition, ...]) -> dict[str, Any]:
    """The conditions as a filter in the form of Ortto's app: each in a nested $and (documented, recorded).

    The leaves carry a label and the time zone of the instance (recorded).
    """
    return {"$and": [{"$and": [_with_timezone(leaf)]} for leaf in conditions]}


def _with_timezone(leaf: Condition) -> Condition:
    return {
        operator: [_with_timezone(nested) for nested in operand]
        if isinstance(operand, list)
        else {**operand, "timezone": TIMEZONE}
        for operator, operand in leaf.items()
    }
