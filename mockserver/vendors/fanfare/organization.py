"""The two organizations of a world; a key gives access to one of them."""

import hashlib
from functools import cache
from typing import Final

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.fanfare import ids

FIRST: Final = 1
SECOND: Final = 2
_FOUNDING_MILLIS: Final = 1_701_388_800_000  # 2023-12-01, a year before the documented examples


@cache
def organization_id(seed: int, number: int) -> str:
    """The id of the first or second organization of a world."""
    digest = hashlib.blake2b(f"{seed}/org/{number}".encode(), digest_size=8).digest()
    return ids.format_id("org", _FOUNDING_MILLIS, number, int.from_bytes(digest))


def user_id(organization: str) -> str:
    """The id of the organization's first user, who creates what its keys create."""
    return f"usr_{organization.removeprefix('org_')}"


def caller_organization(call: Call, world: World) -> str:
    """The id of the organization that the caller's key belongs to."""
    second = call.credential is not None and "tenant" in call.credential
    return organization_id(world.seed, SECOND if second else FIRST)
