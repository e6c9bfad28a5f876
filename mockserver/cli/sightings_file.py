"""The file of `--seen`: when operations of a real service last succeeded."""

from collections.abc import Callable
from pathlib import Path

import click

from mockserver.errors import InvalidSightingsError
from mockserver.verify.result import HttpExchange, VerificationResult
from mockserver.verify.sightings import add_sightings, read_sightings, seen_operations


def keep_sightings(
    file: Path, result: VerificationResult, counts: Callable[[HttpExchange], bool] = lambda _one: True
) -> int:
    """Adds what was seen to the file; the number of operations. `counts` leaves out other exchanges.

    Raises `ClickException` if the file cannot be written.
    """
    seen = seen_operations(result, counts)
    try:
        add_sightings(file, result.vendor, seen, result.url)
    except InvalidSightingsError as error:
        raise click.ClickException(str(error)) from error
    return len(seen)


def check_sightings(file: Path) -> None:
    """Raises `ClickException` for a file that holds something else."""
    try:
        read_sightings(file)
    except InvalidSightingsError as error:
        raise click.ClickException(str(error)) from error
