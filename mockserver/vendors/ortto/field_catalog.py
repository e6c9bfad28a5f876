"""The built-in fields of people and accounts, as instance-schema/get lists them (recorded)."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.vendors.ortto.activity_catalog import BUILT_IN, attributes_of, kebab

PERSON_FIELDS: Final = (
    ("bol::gdpr", "GDPR", "bool"),
    ("bol::p", "Email permission", "bool"),
    ("bol::sp", "SMS permission", "bool"),
    ("dtz::b", "Birthday", "date"),
    ("geo::city", "City", "geo"),
    ("geo::country", "Country", "geo"),
    ("geo::region", "Region", "geo"),
    ("phn::phone", "Phone number", "phone"),
    ("str::ei", "External ID", "text"),
    ("str::email", "Email", "email"),
    ("str::first", "First name", "text"),
    ("str::language", "Language", "single_select"),
    ("str::last", "Last name", "text"),
    ("str::lt", "Last timezone", "single_select"),
    ("str::name", "Name", "text"),
    ("str::postal", "Postal code", "text"),
    ("str::s-ctx", "Email subscribe context", "text"),
    ("str::soi-ctx", "SMS subscribe context", "text"),
)
"""(id, name, display type) of those that the API can set."""

READ_ONLY_PERSON_FIELDS: Final = (
    ("a", "Archived", "time"),
    ("c", "Created", "time"),
    ("e", "Edited", "time"),
    ("f", "First seen", "time"),
    ("geo::ll", "Last location", "geo"),
    ("geo::ll-cnt", "Last country", "geo"),
    ("geo::ll-cty", "Last city", "geo"),
    ("geo::ll-r", "Last region", "geo"),
    ("idt::o", "Account", "id"),
    ("int::e", "Engagement", "engagement"),
    ("int::ta", "Total attributed", "currency"),
    ("int::v", "Total spent", "currency"),
    ("l", "Last seen", "time"),
    ("o", "SMS subscribe date", "time"),
    ("proximity::loc", "Proximity", "proximity"),
    ("r", "Restored", "time"),
    ("s", "Email subscribe date", "time"),
    ("str::as", "Archive source", "text"),
    ("str::is", "Initial source", "text"),
    ("str::iu", "Initial URL", "text"),
    ("str::lb", "Last browser", "text"),
    ("str::soo-ctx", "SMS unsubscribe context", "text"),
    ("str::su", "Subscribed via URL", "url"),
    ("str::u-ctx", "Email unsubscribe context", "text"),
    ("tme::ct", "Current time", "text"),
    ("tme::sa", "Suppressed at", "time"),
    ("tme::soo", "SMS unsubscribe date", "time"),
    ("tme::ua", "Unsuppressed at", "time"),
    ("u", "Email unsubscribe date", "time"),
    ("u4s::t", "Tag", "tags"),
)

HIDDEN_PERSON_FIELDS: Final = (
    ("tme::c_", "Is in campaign", "campaign_member"),
    ("tme::hnlc_", "Has not left campaign", "campaign_member"),
    ("tme::hnsc_", "Has not started campaign", "campaign_member"),
    ("tme::l_", "Left audience", "audience_member"),
    ("tme::llc_", "Has left campaign", "campaign_member"),
    ("tme::m_", "Member of audience", "audience_member"),
    ("tme::oo_", "Subscriber of SMS audience", "audience_member"),
    ("tme::s_", "Subscriber of audience", "audience_subscriber"),
    ("tme::sc_", "Has started campaign", "campaign_member"),
    ("tme::u_", "Unsubscriber of audiences", "audience_subscriber"),
)
"""Pseudo-fields, for the filters of Ortto's app."""

ACCOUNT_FIELDS: Final = (
    ("geo:o:city", "City", "geo"),
    ("geo:o:country", "Country", "geo"),
    ("geo:o:region", "Region", "geo"),
    ("int:o:employees", "Employees", "integer"),
    ("str:o:address", "Address", "text"),
    ("str:o:industry", "Industry", "text"),
    ("str:o:lt", "Last timezone", "single_select"),
    ("str:o:name", "Name", "text"),
    ("str:o:owner", "Owner", "text"),
    ("str:o:postal", "Postal code", "text"),
    ("str:o:source", "Initial source", "text"),
    ("str:o:website", "Website", "link"),
    ("u4s:o:t", "Tag", "tags"),
)

READ_ONLY_ACCOUNT_FIELDS: Final = (
    ("geo:o:ll", "Last location", "geo"),
    ("geo:o:ll-cnt", "Last country", "geo"),
    ("geo:o:ll-cty", "Last city", "geo"),
    ("geo:o:ll-r", "Last region", "geo"),
    ("ids:o:p", "People", "people"),
    ("int:o:e", "Engagement", "engagement"),
    ("oc", "Created", "time"),
    ("oe", "Edited", "time"),
    ("of", "First seen", "time"),
    ("ol", "Last seen", "time"),
)

HIDDEN_ACCOUNT_FIELDS: Final = (
    ("str:o:as", "Archive source", "text"),
    ("tme:o:ds_", "Datasource prefix", "time"),
)


def person_fields() -> Iterator[dict[str, Any]]:
    """The fields of the namespace of people: theirs, activities, and when each first and last occurred."""
    for group, marks in (
        (PERSON_FIELDS, {}),
        (READ_ONLY_PERSON_FIELDS, {"read_only": True}),
        (HIDDEN_PERSON_FIELDS, {"hidden": True}),
    ):
        yield from (_field(id, name, kind, "people", **marks) for id, name, kind in group)
    for id, name in BUILT_IN.items():
        yield {"id": id, "name": name, "display_type": "activity", "attributes": attributes_of(id)}
        for mark, when in (("f", "first"), ("l", "last")):
            field_id = f"tme::{id.removeprefix('act::')}!{mark}"
            yield _field(field_id, f"{name} {when} occurred", "time", "people", read_only=True)


def account_fields() -> Iterator[dict[str, Any]]:
    """The fields of the namespace of accounts."""
    for group, marks in (
        (ACCOUNT_FIELDS, {}),
        (READ_ONLY_ACCOUNT_FIELDS, {"read_only": True}),
        (HIDDEN_ACCOUNT_FIELDS, {"hidden": True}),
    ):
        yield from (_field(id, name, kind, "account", **marks) for id, name, kind in group)


def _field(id: str, name: str, kind: str, owner: str, **marks: bool) -> dict[str, Any]:
    return {
        "id": id,
        "name": name,
        **marks,
        "display_type": kind,
        "liquid_name": f"{owner}.{kebab(name)}",
    }
