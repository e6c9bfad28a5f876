"""Homes of vendors: where the contract, the fixtures and the code of each one are.

The shipped vendors have theirs in contracts/, fixtures/ and mockserver/vendors/. A package from outside has
the same in its own folder: contracts/<vendor>/, fixtures/ and its modules. It is installed, and names its
vendors in the entry point group `mockserver.vendors`, or it is in a folder of the vendor path.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import import_module, util
from importlib.metadata import EntryPoint, entry_points
from keyword import iskeyword
from pathlib import Path
from re import compile as pattern
from types import ModuleType
from typing import Final, NamedTuple

from mockserver import environment
from mockserver.errors import InvalidVendorError, UnknownVendorError
from mockserver.paths import contracts, fixtures

CONTRACT_FILE: Final = "openapi.yaml"
ENTRY_POINTS: Final = "mockserver.vendors"
RESERVED: Final = ("control", "w")
"""Names that no vendor has: the control API's in contracts/, and what URLs of worlds begin with."""
NAME_FORM: Final = "a letter, then letters, digits and single underscores, all lower case, at most 30"
_NAME: Final = pattern("(?=.{1,30}$)[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CODE: Final = Path(__file__).parent / "vendors"


class Home(NamedTuple):
    """The places of one vendor.

    `package` is the name that its code is imported by, `root` the folder to import it from (None: it is on
    the import path), `owner` who brings it, for messages. `is_wanted`: a user named the folder that has it.
    """

    name: str
    contracts: Path
    fixtures: Path
    package: str
    code: Path
    owner: str
    root: Path | None = None
    is_shipped: bool = False
    is_wanted: bool = False

    @property
    def contract(self) -> Path:
        """The file of its contract."""
        return self.contracts / CONTRACT_FILE

    @property
    def shown_code(self) -> str:
        """The folder of its code, as messages show it."""
        return self.package.replace(".", "/")

    def load(self) -> ModuleType:
        """The package of its code. Raises `InvalidVendorError` for another package of the same name."""
        if self.root is not None and str(self.root) not in sys.path:
            sys.path.append(str(self.root))
        package = import_module(self.package)
        if not _is_at(package, self.code):
            found = getattr(package, "__file__", None) or "another place"
            raise InvalidVendorError(
                self.label,
                f"the package {self.package} is imported from {found}",
                "rename one of the packages",
            )
        return package

    @property
    def label(self) -> str:
        """The vendor and who brings it, for messages."""
        return f"vendor {self.name} of {self.owner}"


class Homes(NamedTuple):
    """The homes by vendor, and why others cannot be one, by vendor."""

    found: dict[str, Home]
    refused: dict[str, InvalidVendorError]

    def find(self, name: str) -> Home:
        """The home of this vendor. Raises `InvalidVendorError` and `UnknownVendorError`."""
        if name in self.found:
            return self.found[name]
        if name in self.refused:
            raise self.refused[name]
        raise UnknownVendorError(name, self.found)


def homes() -> Homes:
    """The homes of all vendors with handlers, in the order of their names.

    Raises `InvalidVendorError` for a folder of the vendor path that cannot be used.
    """
    found = dict(_shipped())
    refused: dict[str, InvalidVendorError] = {}
    for claims in _by_name([*_on_the_vendor_path(), *_installed()]).values():
        first = claims[0]
        error = _first_error(claims, found)
        if error is None and isinstance(first, Home):
            found[first.name] = first
        elif error is not None:
            if any(isinstance(one, Home) and one.is_wanted for one in claims):
                raise error
            refused[first.name] = error
    return Homes(dict(sorted(found.items())), refused)


def find_home(name: str) -> Home:
    """The home of a vendor. Raises `InvalidVendorError` and `UnknownVendorError`."""
    return homes().find(name)


def outside_homes() -> list[Home]:
    """The homes of the vendors from outside."""
    return [home for home in homes().found.values() if not home.is_shipped]


def outside_fixtures(path: str) -> Iterator[tuple[Home, Path]]:
    """Files or folders at this path of the fixtures of vendors from outside."""
    for home in outside_homes():
        if (home.fixtures / path).exists():
            yield home, home.fixtures / path


def is_valid_name(name: str) -> bool:
    """Whether a vendor can have this name, which is a word of Python and of URLs."""
    return _NAME.fullmatch(name) is not None and not iskeyword(name) and name not in RESERVED


class _Unusable(NamedTuple):
    """An entry point without a home, who has it, and why."""

    name: str
    owner: str
    error: InvalidVendorError


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Home]:
    """Looked up once, since they are the same as long as the process runs."""
    found: dict[str, Home] = {}
    for folder in contracts().iterdir():
        name, code = folder.name, _CODE / folder.name
        if (folder / CONTRACT_FILE).is_file() and (code / "__init__.py").is_file():
            package = f"mockserver.vendors.{name}"
            found[name] = Home(name, folder, fixtures(), package, code, "this server", is_shipped=True)
    return found


def _on_the_vendor_path() -> Iterator[Home]:
    for folder in environment.vendor_path():
        found = [*_in_folder(folder)]
        if not found:
            fix = f"name a folder that has, or is, a package with contracts/<vendor>/{CONTRACT_FILE} in it"
            what = "brings no vendor" if folder.is_dir() else "is not a folder"
            raise InvalidVendorError(f"vendor path {folder}", what, fix)
        yield from found


def _in_folder(folder: Path) -> Iterator[Home]:
    """The vendors of the package that the folder is, or of those that it has (in src/, too)."""
    for place in (folder, *_subfolders(folder), *_subfolders(folder / "src")):
        if (place / "__init__.py").is_file():
            for contract in sorted(place.glob(f"contracts/*/{CONTRACT_FILE}")):
                package, root = _import_name(place)
                name, owner = contract.parent.name, f"the folder {place}"
                yield Home(
                    name, contract.parent, place / "fixtures", package, place, owner, root, is_wanted=True
                )


def _subfolders(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []


def _import_name(folder: Path) -> tuple[str, Path]:
    """The name of the package in the folder, and the folder that it is imported from."""
    names, root = [folder.name], folder.parent
    while (root / "__init__.py").is_file():
        names, root = [root.name, *names], root.parent
    return ".".join(names), root


def _installed() -> Iterator[Home | _Unusable]:
    for point in _entry_points(tuple(sys.path)):
        yield _home_of(point)


@lru_cache(maxsize=1)
def _entry_points(_import_path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Those of the installed packages; the import path is where these are."""
    return tuple(sorted(entry_points(group=ENTRY_POINTS), key=lambda one: (one.name, one.value)))


def _home_of(point: EntryPoint) -> Home | _Unusable:
    owner = f"the package {point.dist.name}" if point.dist else "an installed package"
    label, fix = f"vendor {point.name} of {owner}", "correct its entry point or install it again"
    try:
        spec = util.find_spec(point.value)
    except (Exception, SystemExit) as error:  # the package around it is imported, which may fail in any way
        what = f"{point.value} cannot be imported ({type(error).__name__}: {error})"
        return _Unusable(point.name, owner, InvalidVendorError(label, what, fix))
    if spec is None or not spec.submodule_search_locations:
        what = f"{point.value} is not an installed package"
        return _Unusable(point.name, owner, InvalidVendorError(label, what, fix))
    code = Path(next(iter(spec.submodule_search_locations)))
    folder = code / "contracts" / point.name
    if not (folder / CONTRACT_FILE).is_file():
        what = f"{point.value} has no contracts/{point.name}/{CONTRACT_FILE}"
        return _Unusable(
            point.name, owner, InvalidVendorError(label, what, "add the contract to the package")
        )
    return Home(point.name, folder, code / "fixtures", point.value, code, owner)


def _by_name(claims: Iterable[Home | _Unusable]) -> dict[str, list[Home | _Unusable]]:
    """The claims to each name, one for each folder of code."""
    found: dict[str, list[Home | _Unusable]] = {}
    seen: set[tuple[str, Path]] = set()
    for one in claims:
        if isinstance(one, Home):
            place = (one.name, one.code.resolve())
            if place in seen:
                continue
            seen.add(place)
        found.setdefault(one.name, []).append(one)
    return found


def _first_error(claims: list[Home | _Unusable], taken: dict[str, Home]) -> InvalidVendorError | None:
    """Why these claims to one name give no home; None for a single good one."""
    first = claims[0]
    if len(claims) > 1:
        owners = " and ".join(one.owner for one in claims)
        return InvalidVendorError(f"vendor {first.name}", f"{owners} bring it both", "remove one of them")
    if isinstance(first, _Unusable):
        return first.error
    if not is_valid_name(first.name):
        return InvalidVendorError(first.label, "the name is not valid", f"use {NAME_FORM}")
    if first.name in taken:
        what = "the server has a vendor of this name"
        return InvalidVendorError(first.label, what, "rename the one of the package")
    return None


def _is_at(package: ModuleType, folder: Path) -> bool:
    return any(Path(one).resolve() == folder.resolve() for one in getattr(package, "__path__", ()))
