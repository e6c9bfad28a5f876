"""The audiences that have a person: found by the hashes of an e-mail address, since nothing else is kept."""

from collections.abc import Iterable

from mockserver.state.world import World
from mockserver.vendors.digitalaudience import member_records
from mockserver.vendors.digitalaudience.identifier_hashing import hash_identifier


def audiences_with(world: World, ids: Iterable[str], email: str) -> list[str]:
    """Those of the audiences with a row that has this e-mail address."""
    hash = hash_identifier("EMAIL", email)
    if hash is None:
        return []
    return [id for id in ids if member_records.contains(world, int(id), "EMAIL", hash)]
