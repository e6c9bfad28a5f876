"""What the checks of contracts leave out, each with a reason: one file per vendor in exceptions/."""

from functools import cache
from pathlib import Path
from typing import Final

from mockserver.formats import yaml_loader

FOLDER: Final = Path(__file__).parent / "exceptions"
KINDS: Final = ("optional", "values", "bounds")
"""Members that a reply may lack, values of enumerations that no test reaches, bounds that no call reaches."""
MAX_EXCEPTIONS: Final = 20


@cache
def read(vendor: str) -> dict[str, dict[str, str]]:
    """The reasons of one vendor by kind and by JSON pointer (of values, with the value behind a space)."""
    file = FOLDER / f"{vendor}.yaml"
    return yaml_loader.parse(file.read_text(encoding="utf-8")) or {} if file.exists() else {}


def reasons(vendor: str, kind: str) -> dict[str, str]:
    """The exceptions of one kind."""
    return read(vendor).get(kind, {})
