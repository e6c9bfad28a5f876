"""Names that the server itself uses in the store: its spaces, and the kinds of its own documents.

The strings are part of the stored format. Vendors' kinds contain a dot or a slash and never start with `_`.
"""

from typing import Final

ROOT_SPACE: Final = ""
"""What belongs to no single world: the register of worlds, credentials, seed data, the schema version."""

# Kinds of the root space.
SCHEMA: Final = "_schema"
PROBE: Final = "_probe"
"""What is written to see whether the store can be written."""
WORLD: Final = "_world"
WORLD_COUNT: Final = "_worlds"
"""The number of worlds; absent in a store that an older release wrote."""
WORLD_USE: Final = "_used"
"""When a world was last used (Unix seconds, as the rank), if unused worlds expire."""
WORLD_END: Final = "_until"
"""When a guest's world ends (Unix seconds, as the rank)."""
DAILY_RESET: Final = "_reset"
"""When the default world was last reset as every day (Unix seconds, as the rank)."""
CREDENTIAL: Final = "_credential"
SNAPSHOT: Final = "_snapshot"
LINK: Final = "_link"
"""A link to a world, by the digest of its secret."""
GUEST: Final = "_guest"
"""What a guest's token gives access to, by the digest of the token."""
OF_A_WORLD: Final = (SNAPSHOT, CREDENTIAL, LINK, GUEST)
"""The kinds whose documents have a world as their parent."""
SEED_DATA: Final = "_base"
"""In the root space: the spec of seed data, by its space. In that space: a document per loaded vendor."""
SEED_SPEC: Final = "_recipe"
"""The generation of the seed data of a spec, by the digest of the spec."""

# Kinds of a world's space.
CLOCK: Final = "_clock"
SETTINGS: Final = "_settings"
FAULT: Final = "_fault"
PROFILE: Final = "_profile"
"""The active profiles by name; the rank is the end (microseconds since 1970)."""
JOB: Final = "_job"
RATE_LIMIT: Final = "_limit"
"""Counters that nearly every call changes: `Store.version` leaves them out."""
SERIAL: Final = "_serial"
"""The last serial number that was used, by vendor; that of the faults under the id `FAULT`."""

# A kind of a seed data's space.
SEED_DIGEST: Final = "_digest"
"""The digest of a vendor's seed data, by vendor; computed when a state is exported or imported."""

# Kinds of a journal's space.
EXCHANGE: Final = "_exchange"
ACTION: Final = "_action"
CLEARED: Final = "_cleared"
"""The number of the last exchange that was deleted on request; absent before that."""
CHANGED: Final = "_changed"
"""When something else of the world was last changed (Unix microseconds, as the rank)."""
BEGUN: Final = "_begun"
"""When the numbers of the exchanges began again, at the last reset (Unix microseconds, as the rank)."""


def world_space_name(world: str) -> str:
    """The space of a world's own documents: its differences from its seed data."""
    return f"w/{world}"


def snapshot_space_name(world: str, snapshot: str) -> str:
    """The space of a snapshot."""
    return f"s/{world}/{snapshot}"


def start_space_name(world: str) -> str:
    """The space of the documents with which a world of an exported state started."""
    return f"i/{world}"


def journal_space_name(world: str) -> str:
    """The space of a world's journal."""
    return f"j/{world}"


def seed_space_name(digest: str, generation: int) -> str:
    """The space of the seed data of a spec; generation 1 has no suffix."""
    return f"b/{digest}" if generation == 1 else f"b/{digest}-{generation}"
