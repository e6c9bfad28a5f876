"""Baseline: a JSON file with accepted findings."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mockserver.errors import InvalidBaselineError
from mockserver.formats.bounded_file import read_file
from mockserver.formats.json_text import parse_json
from mockserver.verify.finding import Finding


def read_baseline(path: Path) -> frozenset[str]:
    """The keys of the accepted findings. Raises `InvalidBaselineError`."""
    try:
        document: Any = parse_json(read_file(path))
        return frozenset(entry["key"] for entry in document["accepted"])
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    except (ValueError, KeyError, TypeError):
        reason = "is not a baseline"
    raise InvalidBaselineError(f"{path} {reason}; create one with --accept")


def check_baseline(path: Path) -> None:
    """Raises `InvalidBaselineError` if there is another file, which must not be overwritten."""
    try:
        if path.exists():
            read_baseline(path)
    except InvalidBaselineError as error:
        raise InvalidBaselineError(f"{str(error).partition(';')[0]}; name another file") from error


def write_baseline(path: Path, findings: Iterable[Finding]) -> None:
    """Writes a baseline that accepts exactly these findings. Raises `InvalidBaselineError`."""
    entries = [{"key": one.key, "message": one.message} for one in sorted(findings, key=lambda one: one.key)]
    text = json.dumps({"accepted": entries}, indent=2, ensure_ascii=False) + "\n"
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        reason = f"cannot be written ({error.strerror})"
        raise InvalidBaselineError(f"{path} {reason}; choose a file in an existing folder") from error
