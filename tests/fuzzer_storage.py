"""What Hypothesis has found out about modules and characters, kept for all processes of a run."""

from typing import Final

import pytest

from tests.house.sources import ROOT

_FOLDER: Final = "HYPOTHESIS_STORAGE_DIRECTORY"


def share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the fuzzers that tests start in other folders share the storage of this checkout.

    Hypothesis tries the constants of the modules around it, and has a table of the characters of UTF-8. To
    find each of them takes 2.5 s of CPU, and by default each working folder keeps its own.
    """
    monkeypatch.setenv(_FOLDER, str(ROOT / ".hypothesis"))
