"""Voyado Engage: contacts, and the target audiences that are calculated over them every night."""

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
