"""The findings that are known and accepted, in a file beside the tests."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mockserver.errors import InvalidBaselineError
from mockserver.verify.finding import Finding


def read(path: Path) -> frozenset[str]:
    """The keys of the accepted findings. Raises `InvalidBaselineError`."""
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        return frozenset(entry["key"] for entry in document["accepted"])
    except OSError as error:
        why = f"cannot be read ({error.strerror})"
    except (ValueError, KeyError, TypeError):
        why = "is no baseline"
    raise InvalidBaselineError(f"{path} {why}; write one with --accept")


def write(path: Path, findings: Iterable[Finding]) -> None:
    """Accepts these findings, and no others."""
    entries = [{"key": one.key, "message": one.message} for one in sorted(findings, key=lambda one: one.key)]
    path.write_text(json.dumps({"accepted": entries}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
