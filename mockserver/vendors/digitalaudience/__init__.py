"""DigitalAudience's REST API: CRM audiences in campaigns, activated on accounts of ad platforms."""

from types import ModuleType

from mockserver.vendors.digitalaudience import (
    activations,
    audiences,
    campaigns,
    platform_accounts,
    segments,
    sessions,
    uploads,
)

operations: tuple[ModuleType, ...] = (
    activations,
    audiences,
    campaigns,
    platform_accounts,
    segments,
    sessions,
    uploads,
)
