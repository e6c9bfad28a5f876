"""What the checks of contracts leave out, each with a reason: one file per vendor in exceptions/."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from mockserver.formats import yaml_loader

FOLDER: Final = Path(__file__).parent / "exceptions"
KINDS: Final = ("optional", "values", "bounds")
"""Members that a reply may lack, values of enumerations that no test reaches, bounds that no call reaches."""
MAX_EXCEPTIONS: Final = 20


@cache
def read(vendor: str) -> dict[str, dict[str, Any]]:
    """The file of one vendor: JSON pointers with their reasons by kind.

    Those of values are by enumeration: `{pointer: {reason: [values]}}`.
    """
    file = FOLDER / f"{vendor}.yaml"
    return yaml_loader.parse(file.read_text(encoding="utf-8")) or {} if file.exists() else {}


def reasons(vendor: str, kind: str) -> dict[str, str]:
    """The exceptions of one kind with their reasons; those of values as `pointer value`."""
    listed = read(vendor).get(kind, {})
    if kind != "values":
        return listed
    return {
        f"{pointer} {json.dumps(value)}": reason
        for pointer, by_reason in listed.items()
        for reason, values in by_reason.items()
        for value in values
    }
