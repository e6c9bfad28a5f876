"""The files of a vendor in a checkout, laid out as a package and a project of its own."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

FILES: Final = Path(__file__).parent / "package"
_FOLDERS: Final = ("contracts", "fixtures")
_NAMES: Final = MappingProxyType(
    {"gitignore.in": Path(".gitignore"), "pyproject.toml.in": Path("pyproject.toml")}
)
"""Files that by their own names would apply to this project."""


_INVENTED: Final = """\
The API is invented so far: replace it, operation by operation, by what Example Vendor documents.
"""
_PROPOSED: Final = """\
What the fake does is proposed from an OpenAPI document: correct what is marked `x-source: inferred` in its
contract.
"""
_TEST_OF_DOCUMENT: Final = '''\
"""Contract and stories of Example Vendor hold."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("phase", ["lint", "stories"])
def test_it_is_verified(phase: str) -> None:
    command = [sys.executable, "-m", "mockserver", "verify", "example_vendor", "--phase", phase]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
'''


def package_name(vendor: str) -> str:
    """The name that the vendor's package is imported by."""
    return f"mockserver_{vendor}"


def as_package(vendor: str, files: Mapping[Path, str]) -> dict[Path, str]:
    """The files of a vendor, by path in a checkout, as those of its package, by path in its project.

    Texts name the new places: modules import the package, messages show its contracts.
    """
    package = package_name(vendor)
    return {_moved(path, vendor, package): _adapted(text, vendor, package) for path, text in files.items()}


def credentials_file(vendor: str) -> Path:
    """The file of the default world's credentials, in the project of a package."""
    return Path(package_name(vendor), "fixtures", "credentials.yaml")


def package_files(vendor: str, of_document: bool) -> Iterator[tuple[Path, str]]:
    """Files of a package besides the vendor's own, by path in its project, with placeholders."""
    for path in sorted(FILES.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            place = path.relative_to(FILES)
            if place.parts[0] in _FOLDERS:
                place = package_name(vendor) / place
            place = _NAMES.get(place.name, place)
            text = path.read_text(encoding="utf-8")
            yield place, text.replace(_INVENTED, _PROPOSED) if of_document else text
    if of_document:
        yield Path("tests", f"test_{vendor}.py"), _TEST_OF_DOCUMENT


def _moved(path: Path, vendor: str, package: str) -> Path:
    """`contracts/<vendor>/…`, `mockserver/vendors/<vendor>/…` and `tests/vendors/…` in the package."""
    if path.parts[:3] == ("mockserver", "vendors", vendor):
        return Path(package, *path.parts[3:])
    if path.parts[:2] == ("tests", "vendors"):
        return Path("tests", *path.parts[2:])
    return Path(package) / path


def _adapted(text: str, vendor: str, package: str) -> str:
    text = text.replace(f"mockserver.vendors.{vendor}", package)
    text = text.replace(f"mockserver/vendors/{vendor}", package)
    return re.sub(rf"(?<![\w/])contracts/{vendor}/", f"{package}/contracts/{vendor}/", text)
