"""A contract bound to its handlers: one function for each operation, of the operation's name."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from mockserver.binding.hooks import Hooks
from mockserver.call import Call
from mockserver.contract.contract import Contract
from mockserver.errors import InvalidContractError

Handler = Callable[[Call, Any], object]


class BoundContract:
    """A contract, the handlers of its operations, and the hooks that decide what the contract leaves open.

    Raises `InvalidContractError` when an operation has no handler or a public function no operation.
    """

    def __init__(
        self, contract: Contract, modules: tuple[ModuleType, ...], hooks: Hooks | None = None
    ) -> None:
        self.contract = contract
        self.handlers: dict[str, Callable[[Call, Any], object]] = _bind(contract, modules)
        self.hooks: Hooks = hooks or Hooks()


def _bind(contract: Contract, modules: tuple[ModuleType, ...]) -> dict[str, Handler]:
    written: dict[str, Handler] = {}
    for module in modules:
        for name, one in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("_") or one.__module__ != module.__name__:
                continue
            if name in written:
                both = f"{written[name].__module__} and {module.__name__}"
                raise InvalidContractError(
                    contract.name, f"function {name} is defined in {both}", "keep one of them"
                )
            written[name] = one
    for id in contract.operations:
        if id not in written:
            where = ", ".join(module.__name__ for module in modules)
            raise InvalidContractError(
                contract.name, f"operation {id} has no handler", f"write `def {id}` in {where}"
            )
    for name in contract.document.removed_operations:
        written.pop(name, None)
    for name, function in written.items():
        if name not in contract.operations:
            raise InvalidContractError(
                contract.name,
                f"function {function.__module__}.{name} has no operation",
                f"add operationId {name} to the contract, or name the function _{name}",
            )
    return written
