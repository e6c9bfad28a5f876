"""The built-in activities of an instance (recorded): their ids, names and main attributes."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from zlib import crc32

_OTHERS: Final = re.compile(r"[^a-z0-9]+")
_MAX_KEBAB: Final = 100

_NAMES: Final = """
a:Attributed aclk:Ad clicked afs:Article feedback submitted aid:AI decision apa:Attempted playbook action
as:App session aus:App user session b:Bounced email bs:Bounced SMS c:Clicked email cos:Confirmed SMS
cs:Clicked SMS cw:Clicked widget d:Deferred email des:Deferred SMS ds:Delivered SMS dw:Dismissed widget
ej:Started journey enter-audience:Entered audience ep:Entered playbook es:Email suppressed
eu:Email unsuppressed f:Forwarded email fja:Failed journey action fpa:Failed playbook action i:Invalid email
is:Invalid SMS iw:Invalid widget leave-audience:Left audience lj:Left journey lp:Left playbook
lpc:Landing page clicked lpsf:Landing page form submitted lpv:Landing page viewed o:Opened email
ois-a:Subscribed to SMS audience oos-a:Unsubscribed from SMS audience oos-all:Unsubscribed from SMS
qw:Qualified for widget r:Received email ras:Rated SMS rdc:Redeemed discount re:Replied to email
res:Reacted to SMS ros-all:Subscribed to SMS rs:Replied to SMS rt:Reacted to email
rtns:Responded to SMS NPS rtss:Responded to SMS survey rw:Reacted to widget
rws:Responded to widget survey s:Sent email s-a:Subscribed to email audience s-ab:Abuse reported
s-all:Subscribed to email scf:SMS consent failed scr:SMS consent requested sf:Submitted SMS form
sja:Successful journey action spa:Successful playbook action ss:Sent SMS ss-ab:SMS abuse reported
sw:Shown widget swf:Submitted widget form swnps:Submitted NPS sww:Spun widget wheel ta:Tag added
tr:Tag removed u-a:Unsubscribed from email audience u-all:Unsubscribed from email uaclk:User Ad clicked
us:User session v:Viewed email online ws:Website session wwv:Watched widget video
"""

ENTERED_AUDIENCE: Final = "act::enter-audience"
LEFT_AUDIENCE: Final = "act::leave-audience"
SUBSCRIBED: Final = "act::s-all"
UNSUBSCRIBED: Final = "act::u-all"
SMS_OPTED_IN: Final = "act::ros-all"
SMS_OPTED_OUT: Final = "act::oos-all"
AUDIENCE_SUBSCRIBED: Final = "act::s-a"
AUDIENCE_UNSUBSCRIBED: Final = "act::u-a"
AUDIENCE_SMS_OPTED_IN: Final = "act::ois-a"
AUDIENCE_SMS_OPTED_OUT: Final = "act::oos-a"
TAG_ADDED: Final = "act::ta"
TAG_REMOVED: Final = "act::tr"
SENT: Final = "act::s"
OPENED: Final = "act::o"
BOUNCED: Final = "act::b"
SUPPRESSED: Final = "act::es"

AUDIENCE_ID: Final = "idt::a"
NAME: Final = "str::name"

_OF_AUDIENCES: Final = (
    ENTERED_AUDIENCE, LEFT_AUDIENCE, AUDIENCE_SUBSCRIBED, AUDIENCE_UNSUBSCRIBED, AUDIENCE_SMS_OPTED_IN,
    AUDIENCE_SMS_OPTED_OUT,
)  # fmt: skip
_AUDIENCE_ATTRIBUTES: Final = ((AUDIENCE_ID, "Audience ID", "text"), (NAME, "Audience name", "text"))
_ATTRIBUTES: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = MappingProxyType(
    {
        **dict.fromkeys(_OF_AUDIENCES, _AUDIENCE_ATTRIBUTES),
        SUBSCRIBED: (("str::is", "Source", "text"), ("str::s-ctx", "Context", "text")),
        UNSUBSCRIBED: (("str::u-ctx", "Context", "text"),),
        SMS_OPTED_IN: (("str::soi-ctx", "Context", "text"),),
        SMS_OPTED_OUT: (("str::soo-ctx", "Context", "text"),),
        SENT: ((NAME, "Email name", "text"),),
        TAG_ADDED: ((NAME, "Tag name", "text"),),
        TAG_REMOVED: ((NAME, "Tag name", "text"),),
    }
)
"""The attributes that this server records, as (id, name, display type)."""


def _read_names() -> dict[str, str]:
    names: dict[str, str] = {}
    id = ""
    for word in _NAMES.split():
        head, colon, first = word.partition(":")
        if colon:
            id = f"act::{head}"
            names[id] = first
        else:
            names[id] += f" {word}"
    return names


BUILT_IN: Final[Mapping[str, str]] = MappingProxyType(_read_names())
"""The names of the built-in activities, by id."""


def attributes_of(activity: str) -> list[dict[str, Any]]:
    """The attributes of a built-in activity, as instance-schema/get lists them."""
    prefix = f"activity.{kebab(BUILT_IN[activity])}"
    return [
        {"id": id, "name": name, "display_type": kind, "liquid_name": f"{prefix}.{kebab(name)}"}
        for id, name, kind in _ATTRIBUTES.get(activity, ())
    ]


def kebab(name: str) -> str:
    """The name in kebab case, as in ids and Liquid names.

    A name without a Latin letter or a digit gets one of its own, which no document describes (inferred).
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    spelt = _OTHERS.sub("-", plain.lower()).strip("-")[:_MAX_KEBAB].strip("-")
    return spelt or f"{crc32(name.encode('utf-8', 'replace')):08x}"
