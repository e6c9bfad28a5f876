"""Fanfare's Admin API: consumers and their static, dynamic and synced audiences.

The vendor documents the API in two dialects. This is the older one, with `/api/v1` in its paths.
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
