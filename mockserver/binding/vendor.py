"""A vendor: a contract bound to the modules of the vendor's folder."""

from collections.abc import Callable, Mapping
from functools import cached_property
from types import ModuleType
from typing import Any

from mockserver.binding.bound_contract import BoundContract
from mockserver.binding.hooks import RunImmediately, collect
from mockserver.contract.contract import Contract
from mockserver.contract.credential import CredentialSpec
from mockserver.errors import InvalidContractError
from mockserver.state.collection_spec import NO_COLLECTIONS, Collections
from mockserver.state.world import World


class Vendor(BoundContract):
    """A vendor of this name: its contracts, and the modules of its code.

    `operations` are the modules whose public functions are the handlers; `modules` the optional ones by name:
    backstage, jobs, population, and those of `mockserver.binding.hooks.MODULES`. `code` is the folder of the
    modules, for messages.
    """

    def __init__(
        self,
        name: str,
        contract: Contract,
        operations: tuple[ModuleType, ...],
        modules: Mapping[str, ModuleType],
        backstage: Contract | None = None,
        collections: Collections = NO_COLLECTIONS,
        code: str | None = None,
    ) -> None:
        super().__init__(contract, operations, collect(modules))
        self.name = name
        self._modules = modules
        self._backstage = contract.backstage = backstage
        self.collections = collections
        self._code = code or f"mockserver/vendors/{name}"

    @property
    def credentials(self) -> tuple[CredentialSpec, ...]:
        """The fields of its credentials."""
        return self.contract.credentials

    @property
    def run_immediately(self) -> RunImmediately | None:
        """The recalculation after each call in a world whose jobs run immediately."""
        return self.hooks.run_immediately

    @cached_property
    def backstage(self) -> BoundContract | None:
        """The actions of the vendor's own UI, bound like the contract itself; None if it declares none."""
        if self._backstage is None:
            return None
        if "backstage" not in self._modules:
            where = f"{self._code}/backstage.py"
            raise InvalidContractError(
                where, "does not exist", f"write it with the functions of {self._backstage.name}"
            )
        return BoundContract(self._backstage, (self._modules["backstage"],))

    @cached_property
    def switches(self) -> dict[str, Any]:
        """The default of each behaviour switch."""
        return {name: one.default for name, one in self.contract.switches.items()}

    @cached_property
    def rates(self) -> dict[str, int]:
        """The documented number of calls of each limit that counts calls."""
        limits = self.contract.limits.values()
        return {one.name: one.calls for one in limits if one.counts == "calls"}

    def populate(self, world: World, people: Any, section: Mapping[str, Any]) -> None:
        """Writes the vendor's seed data of a world: those of its resources, and its own."""
        if self.resources is not None:
            self.resources.populate(world)
        if self.population is not None:
            self.population(world, people, section)

    @property
    def population(self) -> Callable[..., None] | None:
        """The function that writes its own seed data; None if its contract describes all of its records.

        Raises `InvalidContractError` if it has to be written.
        """
        if self.resources is not None and "population" not in self._modules:
            return None
        return self._function("population", "populate")

    def job(self, name: str) -> Callable[..., None]:
        """The function that runs a job."""
        function: Callable[..., None] = self._function("jobs", name)
        return function

    def _function(self, module: str, name: str) -> Callable[..., Any]:
        function: Callable[..., Any] | None = getattr(self._modules.get(module), name, None)
        if function is None:
            where = f"{self._code}/{module}.py"
            raise InvalidContractError(where, f"has no function {name}", f"write `def {name}(…)` there")
        return function
