"""The interface of a vendor to the worlds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from mockserver.state.audience_series import AudienceSize, Observer
from mockserver.state.collection_spec import Collections
from mockserver.state.contract_view import ContractView
from mockserver.state.credentials import CredentialField
from mockserver.state.life_events import LifeStep, Past
from mockserver.state.world import World


class LifeHooks(Protocol):
    """The part of a vendor that a living world needs; `mockserver.binding.hooks` describes each."""

    @property
    def live(self) -> Callable[[World, Mapping[str, Any], LifeStep], None] | None: ...

    @property
    def observe(self) -> Callable[[World, Mapping[str, Any]], Observer] | None: ...

    @property
    def remember(
        self,
    ) -> (
        Callable[[World, Mapping[str, Any], Sequence[Past], Mapping[int, Mapping[str, datetime]]], None]
        | None
    ): ...

    def audience_sizes(self, world: World) -> Iterable[AudienceSize]: ...

    def memberships(self, kind: str, parent: str, body: bytes) -> Iterable[str]: ...


class VendorProtocol(Protocol):
    """The part of a vendor that worlds need."""

    @property
    def name(self) -> str:
        """The vendor's name."""

    @property
    def contract(self) -> ContractView:
        """Its contract."""

    @property
    def credentials(self) -> Sequence[CredentialField]:
        """The fields of its credentials."""

    @property
    def switches(self) -> Mapping[str, Any]:
        """The default values of its behaviour switches."""

    @property
    def rates(self) -> Mapping[str, int]:
        """The documented number of calls in a window, by the limits that count calls."""

    @property
    def collections(self) -> Collections:
        """Its stored records as they are shown."""

    @property
    def hooks(self) -> LifeHooks:
        """Its optional hooks."""

    @property
    def run_immediately(self) -> Callable[[World], None] | None:
        """A function to run after each call in a world with the setting jobs=immediate."""

    def populate(self, world: World, people: Any, section: Mapping[str, Any]) -> None:
        """Writes the vendor's seed data; `section` is the vendor's part of the scenario."""

    def job(self, name: str) -> Callable[..., None]:
        """The function that runs jobs of this name."""
