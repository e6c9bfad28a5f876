"""Baseline: a JSON file with accepted findings."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mockserver.errors import InvalidBaselineError
from mockserver.verify.finding import Finding


def read_baseline(path: Path) -> frozenset[str]:
    """The keys of the accepted findings. Raises `InvalidBaselineError`."""
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        return frozenset(entry["key"] for entry in document["accepted"])
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    except (ValueError, KeyError, TypeError):
        reason = "is not a baseline"
    raise InvalidBaselineError(f"{path} {reason}; create one with --accept")


def write_baseline(path: Path, findings: Iterable[Finding]) -> None:
    """Writes a baseline that accepts exactly these findings."""
    entries = [{"key": one.key, "message": one.message} for one in sorted(findings, key=lambda one: one.key)]
    path.write_text(json.dumps({"accepted": entries}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
