"""The control API: one function for each operation of contracts/control, and the console."""

from typing import Final

from mockserver.control import (
    actions,
    backstage,
    capsules,
    clock,
    collections,
    coverage,
    credentials,
    diff,
    exchanges,
    faults,
    health,
    history,
    jobs,
    journal,
    metrics,
    profiles,
    settings,
    snapshots,
    vendors,
    worlds,
)

operations = (
    health,
    metrics,
    vendors,
    worlds,
    snapshots,
    clock,
    jobs,
    faults,
    settings,
    profiles,
    journal,
    exchanges,
    actions,
    coverage,
    collections,
    history,
    diff,
    credentials,
    backstage,
    capsules,
)

WITHOUT_TRANSACTION: Final = frozenset(
    {"get_health", "get_readiness", "get_metrics", "list_worlds", "replay_capsule", "resend_exchange"}
)
"""The operations that run without a transaction: they answer without the store, or have shorter ones."""
