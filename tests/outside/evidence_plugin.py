"""Plugin of our own tests: the fixture `evidence`, and the file that OUTSIDE_EVIDENCE=FILE asks for."""

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest

from tests.house.sources import ROOT
from tests.outside.evidence import Evidence, merge
from tests.outside.ratchet import check_test

VARIABLE: Final = "OUTSIDE_EVIDENCE"
_PROPERTY: Final = "evidence"


class EvidenceFile:
    """Collects the evidence of tests that pass, and writes it at the end of the session."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._found: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keeps the evidence of a test that passed, in this process or in a worker."""
        if report.when == "call" and report.passed:
            self._found += [rows for name, rows in report.user_properties if name == _PROPERTY]  # type: ignore[misc]

    def pytest_sessionfinish(self) -> None:
        """Writes the file, even if nothing was found: an old one would be taken for new."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(f"{json.dumps(merge(self._found), indent=2)}\n", encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Collects if the environment names a file; a worker's reports reach the main process."""
    file = os.environ.get(VARIABLE)
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(EvidenceFile(Path(file)), "evidence-file")


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Evidence:
    """What this test sees of tools; written to the evidence file if it passes."""
    # A run that writes evidence is compared as a whole, so that it can also become the committed evidence.
    ours = request.config.rootpath == ROOT and VARIABLE not in os.environ
    check = check_test if ours and not request.node.get_closest_marker("thorough") else None
    found = Evidence(request.node.nodeid.partition("[")[0], check)
    request.node.user_properties.append((_PROPERTY, found.rows))
    return found
