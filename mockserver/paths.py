"""Locates contracts/ and fixtures/: beside the package in a checkout, inside it in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def contracts() -> Path:
    """The folder of the contracts, with one sub-folder for each vendor."""
    return _data("contracts")


def fixtures() -> Path:
    """The folder of the scenarios, and of the names and places that people are made of."""
    return _data("fixtures")


def checkout() -> Path | None:
    """The root of the source checkout; None in an installed wheel."""
    root = _PACKAGE.parent
    own = ("pyproject.toml", "README.md", "contracts", "fixtures")
    return root if all((root / one).exists() for one in own) else None


def _data(name: str) -> Path:
    shipped = _PACKAGE / "_data" / name
    return shipped if shipped.is_dir() else _PACKAGE.parent / name
