"""Option values with a unit: sizes such as 64M."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import click

BYTES: Final[Mapping[str, int]] = MappingProxyType({"K": 1 << 10, "M": 1 << 20, "G": 1 << 30})
_QUANTITY: Final = re.compile(r"([0-9]{1,9})([a-zA-Z])", re.ASCII)


def quantity(units: Mapping[str, int], example: str) -> Callable[..., int | None]:
    """An option callback that parses a number with a unit."""

    def read(_context: object, _option: object, text: str | None) -> int | None:
        if text is None:
            return None
        found = _QUANTITY.fullmatch(text)
        if not found or found[2] not in units or not int(found[1]):
            fix = f"write a number and a unit ({', '.join(units)}), such as {example}"
            raise click.BadParameter(f"{text!r} is not a valid value; {fix}")
        return int(found[1]) * units[found[2]]

    return read
