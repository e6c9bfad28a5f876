"""Vendor registry: one folder per vendor, found by name; contracts/ and the URLs use the same name."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, reduce
from importlib import import_module, util
from operator import or_
from pathlib import Path
from types import ModuleType

from mockserver.binding.hooks import MODULES
from mockserver.binding.vendor import Vendor
from mockserver.contract.contract import Contract
from mockserver.contract.overlay import Overlay, check_vendors, overlays_of
from mockserver.contract.redaction import Redaction
from mockserver.contract.sensitive_fields import COMMON, SensitiveFields
from mockserver.errors import InvalidContractError, UnknownVendorError
from mockserver.paths import contracts
from mockserver.state.collection_spec import COLLECTIONS_FILE, Collections
from mockserver.state.credentials import account_credentials, default_world_credentials

_MODULES = ("backstage", "population", *MODULES)


def names() -> list[str]:
    """Every vendor that has a contract and handlers."""
    return sorted(
        folder.name
        for folder in contracts().iterdir()
        if (folder / "openapi.yaml").is_file() and util.find_spec(f"{__name__}.{folder.name}")
    )


def find(name: str, contract: Path | None = None, overlays: Sequence[Overlay] = ()) -> Vendor:
    """The vendor with this name, with its own contract or another file, adapted by its overlays.

    Raises `InvalidContractError`.
    """
    if name not in names():
        raise UnknownVendorError(name, names())
    package = import_module(f"{__name__}.{name}")
    folder = contracts() / name
    backstage = folder / "backstage.yaml"
    return Vendor(
        name,
        _read_contract(contract or folder / "openapi.yaml", overlays_of(name, overlays)),
        _operations(package),
        dict(_optional_modules(package)),
        Contract.read(backstage) if backstage.is_file() else None,
        Collections.read(name, folder / COLLECTIONS_FILE),
    )


def _read_contract(path: Path, overlays: Sequence[Overlay]) -> Contract:
    if not overlays:
        return Contract.read(path)
    # Only overlays need the lint, which takes long to import.
    adapted: Contract = import_module("mockserver.contract.overlaid").read_contract(path, overlays)
    return adapted


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

    def __init__(self, chosen: tuple[str, ...] = (), overlays: Sequence[Overlay] = ()) -> None:
        """Without a choice, all vendors. Raises `InvalidContractError`, also for an overlay of no vendor."""
        known = names()
        for name in chosen:
            if name not in known:
                raise UnknownVendorError(name, known)
        check_vendors(overlays, known)
        self.overlays = overlays
        self._names = [name for name in known if not chosen or name in chosen]
        self._found: dict[str, Vendor] = {}
        for one in overlays:  # an overlay that cannot be applied is an error of the start
            self.get(one.vendor)

    def __getitem__(self, name: str) -> Vendor:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._found:
            self._found[name] = vendor = find(name, None, self.overlays)
            vendor.contract.share_redaction(lambda: self.redaction)
        return self._found[name]

    @cached_property
    def redaction(self) -> Redaction:
        """Redacts the secrets of all of these vendors, and those of the default world."""
        fixed = default_world_credentials()
        values = {value for name in self for value in fixed.get(name, {}).values()}
        values |= {value for name in self for value in account_credentials(self[name]).values()}
        own = (self[name].contract.sensitive_fields for name in self)
        return Redaction(reduce(or_, own, COMMON | SensitiveFields(values=frozenset(values))))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
