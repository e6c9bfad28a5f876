"""Endpoint for platform accounts: list."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import organisation_records, platform_account_records
from mockserver.vendors.digitalaudience.envelope import success


def list_platform_accounts(call: Call, world: World) -> object:
    """The organisation's platform accounts, oldest first."""
    return success(platform_account_records.list_all(world, organisation_records.organisation_id(call)))
