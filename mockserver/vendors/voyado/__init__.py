"""Voyado Engage: contacts, and target audiences that are recalculated every night."""

from mockserver.vendors.voyado import (
    audiences,
    bulk,
    consents,
    contact_changes,
    contact_counts,
    contact_types,
    contacts,
    lookups,
    messages,
    points,
    preferences,
    promotions,
    purchases,
    stores,
    vouchers,
)

operations = (
    audiences,
    bulk,
    consents,
    contact_changes,
    contact_counts,
    contact_types,
    contacts,
    lookups,
    messages,
    points,
    preferences,
    promotions,
    purchases,
    stores,
    vouchers,
)
