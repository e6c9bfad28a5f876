"""Voyado Engage: contacts, and target audiences that are recalculated every night."""

from mockserver.vendors.voyado import (
    audiences,
    consents,
    contact_changes,
    contact_counts,
    contacts,
    lookups,
    preferences,
)

operations = (audiences, consents, contact_changes, contact_counts, contacts, lookups, preferences)
