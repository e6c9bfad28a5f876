"""The part of a vendor's contract that its handlers may look at: as the server has it, with its overlays."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol


class ContractView(Protocol):
    """A contract, as a world shows it."""

    @property
    def problems(self) -> Mapping[str, Any]:
        """Every problem by its name."""

    @property
    def account_members(self) -> Mapping[str, Collection[str]]:
        """The members that overlays have added to the named schemas, by schema."""

    @property
    def backstage(self) -> "ContractView | None":
        """The contract of the vendor's own UI, adapted as well; None if it has none."""

    def schema(self, node: Any) -> Any:
        """A schema of the document, which validates values."""
