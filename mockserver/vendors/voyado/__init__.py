"""Voyado Engage: contacts, and the target audiences that are calculated over them every night."""

from mockserver.vendors.voyado import (
    audiences,
    changes,
    consents,
    contacts,
    counts,
    lookups,
    preferences,
)

operations = (audiences, changes, consents, contacts, counts, lookups, preferences)
