"""A contract bound to its handlers: one function for each operation, of the operation's name."""

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mockserver.binding.hooks import Hooks
from mockserver.call import Call
from mockserver.contract.contract import Contract
from mockserver.errors import InvalidContractError

if TYPE_CHECKING:
    from mockserver.resources.resource_engine import ResourceEngine

Handler = Callable[[Call, Any], object]


class BoundContract:
    """A contract, the handlers of its operations, and the hooks that decide what the contract leaves open.

    An operation without a function, but with an `x-resource`, is kept by the contract alone. Raises
    `InvalidContractError` when an operation has no handler or a public function no operation.
    """

    def __init__(
        self, contract: Contract, modules: tuple[ModuleType, ...], hooks: Hooks | None = None
    ) -> None:
        self.contract = contract
        self.resources: ResourceEngine | None = _resources(contract)
        """The resources that the contract describes; None if there are none."""
        own = _written(contract, modules)
        kept = self.resources.handlers() if self.resources else {}
        self.handlers: dict[str, Callable[[Call, Any], object]] = kept | own
        _check(contract, modules, own, self.handlers)
        self.hooks: Hooks = hooks or Hooks()


def _resources(contract: Contract) -> "ResourceEngine | None":
    if "x-resources" not in contract.document.root and not any(
        "x-resource" in node for *_place, node in contract.operation_nodes()
    ):
        return None
    # Only these contracts need the engine: the start of the others is shorter without it.
    engine: ResourceEngine = import_module("mockserver.resources.resource_engine").ResourceEngine(contract)
    return engine


def _written(contract: Contract, modules: tuple[ModuleType, ...]) -> dict[str, Handler]:
    """The public functions of the modules by name."""
    written: dict[str, Handler] = {}
    for module in modules:
        for name, one in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("_") or one.__module__ != module.__name__:
                continue
            if name in contract.document.removed_operations:
                continue
            if name in written:
                both = f"{written[name].__module__} and {module.__name__}"
                raise InvalidContractError(
                    contract.name, f"function {name} is defined in {both}", "keep one of them"
                )
            written[name] = one
    return written


def _check(
    contract: Contract,
    modules: tuple[ModuleType, ...],
    written: Mapping[str, Handler],
    handlers: Mapping[str, Handler],
) -> None:
    for id in contract.operations:
        if id not in handlers:
            where = ", ".join(module.__name__ for module in modules) or "a module of `operations`"
            raise InvalidContractError(
                contract.name, f"operation {id} has no handler", f"write `def {id}` in {where}"
            )
    for name, function in written.items():
        if name not in contract.operations:
            raise InvalidContractError(
                contract.name,
                f"function {function.__module__}.{name} has no operation",
                f"add operationId {name} to the contract, or name the function _{name}",
            )
