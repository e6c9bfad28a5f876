"""Voyado Engage: contacts, and target audiences that are recalculated every night."""

from types import ModuleType

from mockserver.vendors.voyado import (
    audiences,
    bulk,
    consents,
    contact_changes,
    contact_counts,
    contact_types,
    contacts,
    interaction_schemas,
    interactions,
    lookups,
    messages,
    orders,
    point_shop,
    points,
    preferences,
    promotions,
    purchases,
    stores,
    vouchers,
)

operations: tuple[ModuleType, ...] = (
    audiences,
    bulk,
    consents,
    contact_changes,
    contact_counts,
    contact_types,
    contacts,
    interaction_schemas,
    interactions,
    lookups,
    messages,
    orders,
    point_shop,
    points,
    preferences,
    promotions,
    purchases,
    stores,
    vouchers,
)
