"""Fanfare's Admin API: audiences of consumers, static, by rules, or synced from marketing tools.

The vendor describes the API twice; this is the older description, with `/api/v1` in its paths.
"""

from mockserver.vendors.fanfare import (
    audience_rules,
    audiences,
    consumers,
    groups,
    imports,
    loyalty_tiers,
    members,
    synced_lists,
)

operations = (
    audience_rules,
    audiences,
    consumers,
    groups,
    imports,
    loyalty_tiers,
    members,
    synced_lists,
)
