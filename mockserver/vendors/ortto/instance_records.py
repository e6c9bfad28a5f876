"""The instance (account): its name, counts of people, and the fields that people are indexed by."""

from typing import Any, Final

from mockserver.state.world import World

NAME: Final = "myorttoaccount"
"""The example of the vendor's documentation; it also begins most error texts."""

_KIND = "instance"


class Instance:
    """The record of the instance. Its counts save counting all people for every call."""

    def __init__(self, world: World) -> None:
        self._records = world.records(_KIND)
        self._record: dict[str, Any] = self._records.get(_KIND) or new_record()

    @property
    def people(self) -> int:
        """The number of people who are not archived."""
        return int(self._record["people"])

    @property
    def subscribers(self) -> int:
        """The number of these people with email permission."""
        return int(self._record["subscribers"])

    @property
    def indexed_fields(self) -> tuple[str, ...]:
        """The fields that people are indexed by."""
        return tuple(self._record["indexed"])

    def add_to_counts(self, people: int, subscribers: int) -> None:
        """Adds to the counts; negative numbers subtract."""
        if people or subscribers:
            self._record["people"] += people
            self._record["subscribers"] += subscribers
            self._records.update(_KIND, self._record)

    def index_field(self, field_id: str) -> None:
        """Adds a field to the indexed ones."""
        self._record["indexed"].append(field_id)
        self._records.update(_KIND, self._record)


def new_record(people: int = 0, subscribers: int = 0) -> dict[str, Any]:
    """The record of an instance with these counts."""
    return {"people": people, "subscribers": subscribers, "indexed": ["str::email", "str::ei"]}


def create(world: World, people: int = 0, subscribers: int = 0) -> None:
    """Writes the record of a new instance."""
    world.records(_KIND).add(_KIND, new_record(people, subscribers))
