"""The account itself: its name, and the figures that are kept so that nobody has to be counted."""

from typing import Any, Final

from mockserver.state.world import World

NAME: Final = "myorttoaccount"
"""The seed page's own example; it also starts the texts of most refusals."""

_KIND = "instance"


class Instance:
    """The instance's record: how many people it has, how many of them with permission for email, and the
    fields that people are looked up by."""

    def __init__(self, world: World) -> None:
        self._records = world.records(_KIND)
        self._record: dict[str, Any] = self._records.get(_KIND) or blank()

    @property
    def people(self) -> int:
        """How many are not archived."""
        return int(self._record["people"])

    @property
    def subscribers(self) -> int:
        """How many of them may be sent email."""
        return int(self._record["subscribers"])

    @property
    def indexed(self) -> tuple[str, ...]:
        """The fields that people are indexed by."""
        return tuple(self._record["indexed"])

    def count(self, people: int, subscribers: int) -> None:
        """Moves the figures by so much."""
        if people or subscribers:
            self._record["people"] += people
            self._record["subscribers"] += subscribers
            self._records.update(_KIND, self._record)

    def index_field(self, field_id: str) -> None:
        """People are indexed by this field too from now on."""
        self._record["indexed"].append(field_id)
        self._records.update(_KIND, self._record)


def blank(people: int = 0, subscribers: int = 0) -> dict[str, Any]:
    """The record of an instance."""
    return {"people": people, "subscribers": subscribers, "indexed": ["str::email", "str::ei"]}


def found(world: World, people: int = 0, subscribers: int = 0) -> None:
    """Writes the record of a new instance."""
    world.records(_KIND).add(_KIND, blank(people, subscribers))
