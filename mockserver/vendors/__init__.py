"""Vendor registry: every vendor, shipped or from outside, found by name and loaded from its home."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, reduce
from importlib import import_module, util
from operator import or_
from pathlib import Path
from types import ModuleType

from mockserver.binding.hooks import MODULES
from mockserver.binding.vendor import Vendor
from mockserver.contract.contract import Contract
from mockserver.contract.overlay import BACKSTAGE, Overlay, check_vendors, overlays_of
from mockserver.contract.redaction import Redaction
from mockserver.contract.sensitive_fields import COMMON, SensitiveFields
from mockserver.contract.shared_contract import read_shared
from mockserver.errors import InvalidContractError, InvalidVendorError
from mockserver.homes import Home, find_home, homes
from mockserver.state.collection_spec import COLLECTIONS_FILE, Collections
from mockserver.state.credentials import account_credentials, default_world_credentials
from mockserver.state.data_file import read_section

_MODULES = ("backstage", "population", *MODULES)


def names() -> list[str]:
    """Every vendor that has a contract and handlers. Raises `InvalidVendorError` for a bad vendor path."""
    return list(homes().found)


def find(name: str, contract: Path | None = None, overlays: Sequence[Overlay] = ()) -> Vendor:
    """The vendor with this name, with its own contract or another file, adapted by its overlays.

    Raises `InvalidContractError`.
    """
    return load(find_home(name), contract, overlays)


def load(home: Home, contract: Path | None = None, overlays: Sequence[Overlay] = ()) -> Vendor:
    """The vendor that lives there, adapted by its overlays.

    Raises `InvalidContractError`: for one from outside it names who brings it, whatever the failure is.
    """
    if home.is_shipped:
        return _load(home, contract, overlays)
    try:
        vendor = _load(home, contract, overlays)
        _ = vendor.backstage, vendor.population
        default_world_credentials([home.name])
        read_section(home)
    except InvalidVendorError:
        raise
    except InvalidContractError as error:
        raise InvalidVendorError(f"{home.label}: {error.where}", error.what, error.fix) from error
    except (Exception, SystemExit) as error:  # code and data of others may fail in any way
        what = f"cannot be loaded ({type(error).__name__}: {' '.join(str(error).split())})"
        raise InvalidVendorError(home.label, what, f"correct the package in {home.code}") from error
    return vendor


def _load(home: Home, contract: Path | None, overlays: Sequence[Overlay]) -> Vendor:
    package = home.load()
    return Vendor(
        home.name,
        _read_contract(contract or home.contract, overlays_of(home.name, overlays)),
        _operations(package),
        dict(_optional_modules(package)),
        _read_backstage(home, overlays),
        Collections.read(home.name, home.contracts / COLLECTIONS_FILE),
        home.shown_code,
    )


def _read_backstage(home: Home, overlays: Sequence[Overlay]) -> Contract | None:
    path, own = home.contracts / BACKSTAGE, overlays_of(home.name, overlays, BACKSTAGE)
    if path.is_file():
        return _read_contract(path, own)
    for one in own:
        raise InvalidContractError(one.where, f"{home.name} has no {BACKSTAGE}", "leave out `extends`")
    return None


def _read_contract(path: Path, overlays: Sequence[Overlay]) -> Contract:
    if not overlays:
        return read_shared(path)
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
    """The vendors that a server serves; the shipped ones are loaded on first use.

    `left_out` has the reasons why vendors from outside, which were not chosen, cannot be served.
    """

    def __init__(self, chosen: tuple[str, ...] = (), overlays: Sequence[Overlay] = ()) -> None:
        """Without a choice, all vendors. Raises `InvalidContractError`, also for an overlay of no vendor.

        One from outside that cannot be loaded is left out, unless it is chosen or on the vendor path.
        """
        known = homes()
        check_vendors(overlays, [*known.found])
        self.overlays = overlays
        self._found: dict[str, Vendor] = {}
        self.left_out: list[InvalidVendorError] = [] if chosen else [*known.refused.values()]
        wanted = {name: known.find(name) for name in chosen}
        self._names: list[str] = [
            name
            for name, home in known.found.items()
            if (not chosen or name in wanted) and (home.is_shipped or self._can_load(home, name in wanted))
        ]
        for one in overlays:  # an overlay that cannot be applied is an error of the start
            self.get(one.vendor)

    def _can_load(self, home: Home, is_chosen: bool) -> bool:
        try:
            self._add(load(home, None, self.overlays))
        except InvalidVendorError as error:
            if is_chosen or home.is_wanted:
                raise
            self.left_out.append(error)
            return False
        return True

    def _add(self, vendor: Vendor) -> None:
        self._found[vendor.name] = vendor
        vendor.contract.share_redaction(lambda: self.redaction)

    def __getitem__(self, name: str) -> Vendor:
        vendor = self._found.get(name)
        if vendor is None:
            if name not in self._names:
                raise KeyError(name)
            self._add(find(name, None, self.overlays))
            vendor = self._found[name]
        return vendor

    def __contains__(self, name: object) -> bool:
        return name in self._names

    @cached_property
    def redaction(self) -> Redaction:
        """Redacts the secrets of all of these vendors, and those of the default world."""
        fixed = default_world_credentials(self._names)
        values = {value for name in self for value in fixed.get(name, {}).values()}
        values |= {value for name in self for value in account_credentials(self[name]).values()}
        own = (self[name].contract.sensitive_fields for name in self)
        return Redaction(reduce(or_, own, COMMON | SensitiveFields(values=frozenset(values))))

    def redact(self, text: str) -> str:
        """The text without secrets."""
        return self.redaction.text(text)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
