"""Fanfare's Admin API: consumers, their orders, and their static, dynamic and synced audiences.

The vendor documents the API in two dialects. This is the older one, with `/api/v1` in its paths;
the paths of the newer one, without `v1`, are aliases.
"""

from types import ModuleType

from mockserver.vendors.fanfare import (
    audience_rules,
    audiences,
    consumers,
    groups,
    imports,
    loyalty_tiers,
    members,
    orders,
    sync_sources,
    synced_lists,
    webhooks,
)

operations: tuple[ModuleType, ...] = (
    audience_rules,
    audiences,
    consumers,
    groups,
    imports,
    loyalty_tiers,
    members,
    orders,
    sync_sources,
    synced_lists,
    webhooks,
)
