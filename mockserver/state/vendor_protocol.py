"""What worlds need to know of a vendor."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from mockserver.state.credentials import CredentialField
from mockserver.state.world import World


class VendorProtocol(Protocol):
    """What worlds need to know of a vendor."""

    @property
    def name(self) -> str:
        """The vendor's name."""

    @property
    def credentials(self) -> Sequence[CredentialField]:
        """The fields of its credentials."""

    @property
    def switches(self) -> Mapping[str, Any]:
        """What it does where its user has a choice."""

    @property
    def run_immediately(self) -> Callable[[World], None] | None:
        """What it does after each call in a world that does not wait."""

    def populate(self, world: World, people: Any, section: Mapping[str, Any]) -> None:
        """Writes the vendor's start of a world."""

    def job(self, name: str) -> Callable[..., None]:
        """The function that does a job."""
