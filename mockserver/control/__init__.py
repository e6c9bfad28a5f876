"""The control API: one function for each operation of contracts/control, and the console."""

from mockserver.control import (
    backstage,
    clock,
    credentials,
    faults,
    health,
    jobs,
    journal,
    settings,
    snapshots,
    vendors,
    worlds,
)

operations = (
    health,
    vendors,
    worlds,
    snapshots,
    clock,
    jobs,
    faults,
    settings,
    journal,
    credentials,
    backstage,
)
