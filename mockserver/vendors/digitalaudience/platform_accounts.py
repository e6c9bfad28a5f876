"""What belongs to an organisation."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import organisation_records, platform_account_records
from mockserver.vendors.digitalaudience.envelope import succeeded


def list_platform_accounts(call: Call, world: World) -> object:
    """The accounts on ad platforms that the user's organisation has connected."""
    return succeeded(platform_account_records.all_of(world, organisation_records.organisation_of(call)))
