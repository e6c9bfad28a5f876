"""What belongs to an organisation."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import platform_accounts, tenant
from mockserver.vendors.digitalaudience.envelope import succeeded


def list_platform_accounts(call: Call, world: World) -> object:
    """The accounts on ad platforms that the user's organisation has connected."""
    return succeeded(platform_accounts.all_of(world, tenant.organisation_of(call)))
