"""Copies of the checkout, in which mutants are made."""

import shutil
from pathlib import Path
from typing import Final

from tests.house.sources import ROOT

_COPIED: Final = (
    *("mockserver", "contracts", "fixtures", "tests", "docs", "deploy", "benchmarks"),
    *("pyproject.toml", "README.md", "audience_mockserver.py"),
)


def copy_checkout(target: Path) -> None:
    """Copies what tests need; the times of files stay, so that what is compiled from them does."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=ignored)
        else:
            shutil.copy2(source, target / name)
