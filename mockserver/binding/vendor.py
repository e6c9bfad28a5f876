"""A vendor: a contract bound to the functions that keep it."""

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from types import ModuleType
from typing import Any, TypeVar

from mockserver.call import Call
from mockserver.contract.contract import Contract, CredentialSpec
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem, UnfitContract
from mockserver.state.world import World

Known = dict[str, Any]

Function = Callable[[Call, Any], object]
F = TypeVar("F", bound=Callable[..., Any])


class Bound:
    """A contract and one function for each of its operations, of the operation's name.

    Raises `UnfitContract` when an operation has no function or a public function no operation.
    """

    def __init__(self, contract: Contract, modules: tuple[ModuleType, ...]) -> None:
        self.contract = contract
        self.functions = _bind(contract, modules)

    def standing(self, call: Call, world: Any) -> dict[str, Any]:
        """The values that fill every problem's body."""
        return {}

    def refuse(self, call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
        """The problem for a call that does not fit, where the contract's own choice is not enough."""
        return None

    def headers(self, call: Call, world: Any) -> dict[str, str]:
        """The headers that every reply carries and that vary."""
        return {}

    def status(self, call: Call, world: Any, status: int) -> int:
        """The HTTP status with which a problem of this status is sent."""
        return status

    def dress(self, call: Call, status: int, body: Any) -> tuple[str, str] | None:
        """Media type and text of a problem in another form than JSON, if this caller wants one."""
        return None


class Vendor(Bound):
    """A vendor found by its place: `contracts/<name>` and the modules of `mockserver/vendors/<name>`.

    `operations` are the modules whose public functions are the operations; `extras` the optional modules by
    name: backstage, jobs, population, errors, auth, replies.
    """

    def __init__(
        self,
        name: str,
        contract: Contract,
        operations: tuple[ModuleType, ...],
        extras: Mapping[str, ModuleType],
        backstage: Contract | None = None,
    ) -> None:
        super().__init__(contract, operations)
        self.name = name
        self._extras = extras
        self._backstage = backstage

    @property
    def credentials(self) -> tuple[CredentialSpec, ...]:
        """The fields of its credentials."""
        return self.contract.credentials

    @cached_property
    def backstage(self) -> Bound | None:
        """What a person would do in the vendor's own UI, bound like the contract itself."""
        if self._backstage is None:
            return None
        if "backstage" not in self._extras:
            where = f"mockserver/vendors/{self.name}/backstage.py"
            raise UnfitContract(
                where, "is not there", f"write it with the functions of {self._backstage.name}"
            )
        return Bound(self._backstage, (self._extras["backstage"],))

    def populate(self, world: World, people: Any, section: Mapping[str, Any]) -> None:
        """Writes the vendor's start of a world."""
        self._extra("population", "populate")(world, people, section)

    def job(self, name: str) -> Callable[..., None]:
        """The function that does a job."""
        function: Callable[..., None] = self._extra("jobs", name)
        return function

    @cached_property
    def switches(self) -> dict[str, Any]:
        """What the vendor does where its user has a choice, unless told otherwise."""
        return {name: one.default for name, one in self.contract.switches.items()}

    @cached_property
    def at_once(self) -> Callable[[World], None] | None:
        """What the vendor does after each call in a world that does not wait; jobs.py may know something."""
        return getattr(self._extras.get("jobs"), "at_once", None)

    def standing(self, call: Call, world: Any) -> dict[str, Any]:
        """The values that fill every problem's body: the vendor's errors.py knows them."""
        return self._own("errors", "standing", super().standing)(call, world)

    def refuse(self, call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
        """The problem for a call that does not fit, if the vendor's errors.py has an opinion."""
        return self._own("errors", "refuse", super().refuse)(call, operation, violations)

    def status(self, call: Call, world: Any, status: int) -> int:
        """The HTTP status with which a problem is sent, if the world says another than the contract.

        The vendor's errors.py knows it; the contract declares the problem's body under that status too.
        """
        return self._own("errors", "status", super().status)(call, world, status)

    def dress(self, call: Call, status: int, body: Any) -> tuple[str, str] | None:
        """Media type and text of a problem in another form than JSON: the vendor's errors.py knows it."""
        return self._own("errors", "dress", super().dress)(call, status, body)

    def presented(self, call: Call) -> list[tuple[str, str]]:
        """The credential fields that a call carries in a form that only the vendor's auth.py can read."""
        return self._own("auth", "presented", _presented)(call)

    @cached_property
    def authenticate(self) -> Callable[[Call, World, list[Known]], Known | None] | None:
        """The vendor's own check of who may come in, instead of the core's; auth.py may have one."""
        return getattr(self._extras.get("auth"), "authenticate", None)

    def signed(self, method: str, url: str, credentials: Mapping[str, str]) -> dict[str, str]:
        """The headers of one signed call, where the vendor's auth.py can sign: good once, for a while."""
        return self._own("auth", "sign", _sign)(method, url, credentials)

    def refuse_entry(self, call: Call) -> Problem | None:
        """The problem for a call that no credential lets in, if the vendor's auth.py has an opinion.

        `call.credential` is what the caller presented and this world knows, though it opens nothing here.
        """
        return self._own("auth", "refuse", _refuse)(call)

    def headers(self, call: Call, world: Any) -> dict[str, str]:
        """The headers that every reply carries and that vary: the vendor's replies.py knows them.

        Asked once for each reply, refusals too, and what it writes into the world stays.
        """
        return self._own("replies", "headers", super().headers)(call, world)

    def _own(self, module: str, name: str, otherwise: F) -> F:
        """The vendor's own function, if it has that module and that function in it."""
        function: F = getattr(self._extras.get(module), name, otherwise)
        return function

    def _extra(self, module: str, name: str) -> Callable[..., Any]:
        function: Callable[..., Any] | None = getattr(self._extras.get(module), name, None)
        if function is None:
            where = f"mockserver/vendors/{self.name}/{module}.py"
            raise UnfitContract(where, f"has no function {name}", f"write `def {name}(…)` there")
        return function


def _presented(_call: Call) -> list[tuple[str, str]]:
    return []


def _sign(_method: str, _url: str, _credentials: Mapping[str, str]) -> dict[str, str]:
    return {}


def _refuse(_call: Call) -> Problem | None:
    return None


def _bind(contract: Contract, modules: tuple[ModuleType, ...]) -> dict[str, Function]:
    written: dict[str, Function] = {}
    for module in modules:
        for name, one in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("_") or one.__module__ != module.__name__:
                continue
            if name in written:
                both = f"{written[name].__module__} and {module.__name__}"
                raise UnfitContract(contract.name, f"function {name} stands in {both}", "keep one of them")
            written[name] = one
    for id in contract.operations:
        if id not in written:
            where = ", ".join(module.__name__ for module in modules)
            raise UnfitContract(
                contract.name, f"operation {id} has no function", f"write `def {id}` in {where}"
            )
    for name, function in written.items():
        if name not in contract.operations:
            raise UnfitContract(
                contract.name,
                f"function {function.__module__}.{name} has no operation",
                f"add operationId {name} to the contract, or name the function _{name}",
            )
    return written
