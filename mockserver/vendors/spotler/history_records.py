"""Storage of what contacts got and submitted, by contact, oldest first."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World

MAILING: Final = "mailing_history"
CAMPAIGN_MAILING: Final = "campaign_mailing_history"
FORM: Final = "form_history"


def add(world: World, kind: str, key: str, entry: Mapping[str, Any]) -> None:
    """Appends an entry, as the API returns it, to the history of a contact."""
    world.records(kind).add(world.id_hex(16), dict(entry), parent=key)


def page(world: World, kind: str, key: str, skip: int, limit: int) -> list[Record]:
    """A page of the history of a contact."""
    return [row.record for row in world.records(kind).page(key, skip=skip, limit=limit)]
