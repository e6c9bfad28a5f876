"""Ortto: audiences of a customer data platform, as RPC over POST.

Sources: the vendor's API reference (help.ortto.com), and replies of the live API that a public SDK recorded.
"""

from types import ModuleType

from mockserver.vendors.ortto import (
    accounts,
    activities,
    audiences,
    campaigns,
    custom_fields,
    people,
    subscriptions,
    tags,
    transactional,
)

operations: tuple[ModuleType, ...] = (
    audiences,
    subscriptions,
    people,
    activities,
    accounts,
    campaigns,
    transactional,
    tags,
    custom_fields,
)
