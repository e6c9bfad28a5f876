"""The tests that take long; the marker `slow` selects them."""

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final

import pytest

SLOW: Final = (
    "cli",
    "client",
    "client_samples",
    "concurrency",
    "conduct/test_sample_clients.py",
    "contract/test_bounds.py",
    "contract/test_lint.py",
    "contract/test_oracle.py",
    "control/test_capsules.py",
    "control/test_console_overlays.py",
    "control/test_console_size.py",
    "control/test_console_tasks.py",
    "control/test_console_views.py",
    "control/test_coverage.py",
    "control/test_exchanges.py",
    "control/test_faults.py",
    "control/test_fuzz.py",
    "control/test_health.py",
    "control/test_history.py",
    "control/test_journal.py",
    "control/test_journal_assert.py",
    "control/test_links.py",
    "control/test_partial_reset.py",
    "control/test_profiles.py",
    "control/test_random_capsules.py",
    "control/test_scenario_validation.py",
    "control/test_snapshot_files.py",
    "fuzz",
    "hostile",
    "house/test_ci_page.py",
    "house/test_conduct_page.py",
    "house/test_contributing.py",
    "house/test_coverage.py",
    "house/test_deployment.py",
    "house/test_performance_page.py",
    "house/test_proof_page.py",
    "house/test_public_api.py",
    "house/test_readme.py",
    "house/test_shrinking.py",
    "house/test_tutorials.py",
    "house/test_wheel.py",
    "mcp/test_mcp.py",
    "mutants",
    "needs/test_exports.py",
    "needs/test_impact.py",
    "needs/test_needs.py",
    "needs/test_sample_clients.py",
    "outside",
    "pipeline/test_reply_reuse.py",
    "pipeline/test_same_with_kept_replies.py",
    "pipeline/test_secrets.py",
    "redirection",
    "replicas",
    "scaffold/test_package.py",
    "server",
    "state/test_life.py",
    "state/test_long_work.py",
    "state/test_many_worlds.py",
    "state/test_people.py",
    "storage/test_memory_races.py",
    "storage/test_postgres.py",
    "storage/test_postgres_failures.py",
    "storage/test_sqlite_failures.py",
    "storage/test_store.py",
    "stories",
    "test_homes.py",
    "testing",
    "transports",
    "vendors/test_*_state*.py",
    "vendors/test_digitalaudience_contract.py",
    "vendors/test_digitalaudience_onboarding.py",
    "vendors/test_every_problem.py",
    "vendors/test_fanfare_invariants.py",
    "vendors/test_fanfare_messages.py",
    "vendors/test_fanfare_rules.py",
    "vendors/test_limits.py",
    "vendors/test_ortto_accounts.py",
    "vendors/test_ortto_daily_refresh.py",
    "vendors/test_ortto_filter_operators.py",
    "vendors/test_ortto_voice.py",
    "vendors/test_shared_records.py",
    "vendors/test_spotler_errors.py",
    "vendors/test_switches.py",
    "vendors/test_voyado_bulk.py",
    "vendors/test_voyado_messages.py",
    "vendors/test_voyado_nightly_recalculation.py",
    "vendors/test_voyado_nights.py",
    "verify",
    "waits/test_waiting.py",
)
"""Patterns of files and folders below tests/ that start processes or servers, or try many examples."""

_TESTS: Final = Path(__file__).parent


@cache
def is_slow_file(path: Path) -> bool:
    """Whether a test file is in the list, by itself or by its folder."""
    name = path.relative_to(_TESTS).as_posix()
    return any(fnmatchcase(name, pattern) or name.startswith(f"{pattern}/") for pattern in SLOW)


def needs_postgres(item: pytest.Item) -> bool:
    """Whether a test runs on PostgreSQL, by a fixture or by a parameter."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    fixtures = getattr(item, "fixturenames", ())
    return "database" in fixtures or "cluster" in fixtures or "postgres" in parameters.values()
