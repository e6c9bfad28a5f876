"""The interface of a vendor to the worlds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from mockserver.state.collection_spec import Collections
from mockserver.state.credentials import CredentialField
from mockserver.state.world import World


class VendorProtocol(Protocol):
    """The part of a vendor that worlds need."""

    @property
    def name(self) -> str:
        """The vendor's name."""

    @property
    def credentials(self) -> Sequence[CredentialField]:
        """The fields of its credentials."""

    @property
    def switches(self) -> Mapping[str, Any]:
        """The default values of its behaviour switches."""

    @property
    def collections(self) -> Collections:
        """Its stored records as they are shown."""

    @property
    def run_immediately(self) -> Callable[[World], None] | None:
        """A function to run after each call in a world with the setting jobs=immediate."""

    def populate(self, world: World, people: Any, section: Mapping[str, Any]) -> None:
        """Writes the vendor's seed data; `section` is the vendor's part of the scenario."""

    def job(self, name: str) -> Callable[..., None]:
        """The function that runs jobs of this name."""
