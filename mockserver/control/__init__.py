"""The control API: one function for each operation of contracts/control, and the console."""

from types import ModuleType
from typing import Final

from mockserver.control import (
    actions,
    audiences,
    backstage,
    calls,
    capsules,
    clock,
    collections,
    conduct,
    coverage,
    credentials,
    diff,
    exchanges,
    faults,
    health,
    history,
    jobs,
    journal,
    links,
    metrics,
    people,
    profiles,
    settings,
    snapshots,
    stories,
    vendors,
    worlds,
)

operations: tuple[ModuleType, ...] = (
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
    conduct,
    collections,
    history,
    people,
    audiences,
    diff,
    links,
    credentials,
    backstage,
    capsules,
    calls,
    stories,
)

WITHOUT_TRANSACTION: Final = frozenset(
    {
        "get_health",
        "get_readiness",
        "get_metrics",
        "list_worlds",
        "list_stories",
        "get_diff",
        "assert_diff",
        "replay_capsule",
        "send_call",
        "play_step",
        "resend_exchange",
    }
)
"""The operations that run without a transaction: they answer without the store, or have shorter ones."""
