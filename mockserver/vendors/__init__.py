"""Vendor registry: one folder per vendor, found by name; contracts/ and the URLs use the same name."""

from collections.abc import Iterator, Mapping
from importlib import import_module, util
from pathlib import Path
from types import ModuleType

from mockserver.binding.hooks import MODULES
from mockserver.binding.vendor import Vendor
from mockserver.contract.contract import Contract
from mockserver.errors import InvalidContractError, UnknownVendorError
from mockserver.paths import contracts

_MODULES = ("backstage", "population", *MODULES)


def names() -> list[str]:
    """Every vendor that has a contract and handlers."""
    return sorted(
        folder.name
        for folder in contracts().iterdir()
        if (folder / "openapi.yaml").is_file() and util.find_spec(f"{__name__}.{folder.name}")
    )


def find(name: str, contract: Path | None = None) -> Vendor:
    """The vendor with this name, with its own contract or another file. Raises `InvalidContractError`."""
    if name not in names():
        raise UnknownVendorError(name, names())
    package = import_module(f"{__name__}.{name}")
    folder = contracts() / name
    backstage = folder / "backstage.yaml"
    return Vendor(
        name,
        Contract.read(contract or folder / "openapi.yaml"),
        _operations(package),
        dict(_optional_modules(package)),
        Contract.read(backstage) if backstage.is_file() else None,
    )


def _operations(package: ModuleType) -> tuple[ModuleType, ...]:
    modules: tuple[ModuleType, ...] | None = getattr(package, "operations", None)
    if modules is None:
        raise InvalidContractError(
            package.__name__, "has no `operations`", "set `operations = (module, …)` in it"
        )
    return modules


def _optional_modules(package: ModuleType) -> Iterator[tuple[str, ModuleType]]:
    for name in _MODULES:
        if util.find_spec(f"{package.__name__}.{name}"):
            yield name, import_module(f"{package.__name__}.{name}")


class Vendors(Mapping[str, Vendor]):
    """The vendors that a server serves; each is loaded on first use."""

    def __init__(self, chosen: tuple[str, ...] = ()) -> None:
        """Without a choice, all vendors. Raises `UnknownVendorError` (an `InvalidContractError`)."""
        known = names()
        for name in chosen:
            if name not in known:
                raise UnknownVendorError(name, known)
        self._names = [name for name in known if not chosen or name in chosen]
        self._found: dict[str, Vendor] = {}

    def __getitem__(self, name: str) -> Vendor:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._found:
            self._found[name] = find(name)
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
