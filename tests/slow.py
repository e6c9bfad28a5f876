"""The test files that take long; the marker `slow` selects them."""

from pathlib import Path
from typing import Final

SLOW: Final = (
    "cli",
    "client/test_assertions.py",
    "client/test_fault_sweep.py",
    "concurrency",
    "contract/test_lint.py",
    "contract/test_oracle.py",
    "control/test_fuzz.py",
    "control/test_health.py",
    "fuzz",
    "house/test_ci_page.py",
    "house/test_contributing.py",
    "house/test_coverage.py",
    "house/test_readme.py",
    "house/test_wheel.py",
    "redirect",
    "replicas",
    "server/test_access_control.py",
    "server/test_event_loop.py",
    "server/test_prefork.py",
    "server/test_store_outage.py",
    "storage/test_postgres.py",
    "storage/test_store.py",
    "stories",
    "testing",
    "transports",
    "vendors/test_digitalaudience_machine.py",
    "vendors/test_every_problem.py",
    "vendors/test_fanfare_machines.py",
    "vendors/test_ortto_machine.py",
    "vendors/test_spotler_machine.py",
    "vendors/test_voyado_states.py",
    "verify/test_chromium.py",
    "verify/test_fuzzing.py",
    "verify/test_mutations.py",
    "verify/test_propose_command.py",
    "verify/test_verify_command.py",
    "verify/test_yaml_editor.py",
)
"""Files and folders below tests/ that start processes, databases, fuzzers or many examples."""

_TESTS: Final = Path(__file__).parent


def is_slow(path: Path) -> bool:
    """Whether a test file is in the list, by itself or by its folder."""
    name = path.relative_to(_TESTS).as_posix()
    return any(name == one or name.startswith(f"{one}/") for one in SLOW)
