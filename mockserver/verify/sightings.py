"""Sightings: the operations of real services that a user has seen, in a file that the user keeps."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from mockserver.errors import InvalidSightingsError
from mockserver.formats.bounded_file import read_file
from mockserver.formats.json_text import parse_json
from mockserver.verify.result import HttpExchange, VerificationResult

Sighting = dict[str, str]
"""When an operation was last seen (`on`, a date), and where (`at`, a URL or the name of a recording)."""
Sightings = dict[str, dict[str, Sighting]]
"""The last sighting of each operation, by vendor and operation."""
_FIX: Final = "name a file that `verify --url` or `check` has written, or a new one"


def read_sightings(file: Path) -> Sightings:
    """The sightings in the file; none if it does not exist. Raises `InvalidSightingsError`."""
    try:
        found: Any = parse_json(read_file(file))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InvalidSightingsError(f"cannot read {file} ({error}); {_FIX}") from error
    if not _is_valid(found):
        raise InvalidSightingsError(f"{file} is not a file of sightings; {_FIX}")
    sightings: Sightings = found
    return sightings


def seen_operations(result: VerificationResult, counts: Callable[[HttpExchange], bool]) -> dict[str, str]:
    """The dates at which operations last succeeded, of those in which nothing was found.

    `counts` is whether an exchange was with the real service.
    """
    wrong = {finding.operation for finding in result.findings}
    found: dict[str, str] = {}
    for one in result.exchanges:
        sent_at, succeeded = one.response.sent_at, 200 <= one.response.status < 300
        if one.operation and one.operation not in wrong and succeeded and sent_at > 0 and counts(one):
            on = datetime.fromtimestamp(sent_at, UTC).date().isoformat()
            found[one.operation] = max(on, found.get(one.operation, on))
    return found


def add_sightings(file: Path, vendor: str, seen: Mapping[str, str], at: str) -> None:
    """Adds operations, with the date of each, to the file, over older sightings of them.

    Raises `InvalidSightingsError`.
    """
    found = read_sightings(file)
    known = found.setdefault(vendor, {})
    for operation, on in sorted(seen.items()):
        if operation not in known or known[operation]["on"] <= on:
            known[operation] = {"on": on, "at": at}
    text = json.dumps(found, indent=2, sort_keys=True)
    try:
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise InvalidSightingsError(
            f"cannot write {file} ({error.strerror}); choose an existing folder"
        ) from error


def _is_valid(found: Any) -> bool:
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        return False
    entries = [entry for operations in found.values() for entry in operations.values()]
    return all(
        isinstance(entry, dict)
        and entry.keys() == {"on", "at"}
        and all(isinstance(text, str) for text in entry.values())
        for entry in entries
    )
