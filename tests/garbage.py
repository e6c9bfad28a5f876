"""The garbage collector of Python during a run of the tests: it took 30 % of the time."""

import gc
from typing import Final

_THRESHOLDS: Final = (200_000, 10, 10)
"""Python's own are 700, 10 and 10: reading a contract once passes the first of them a hundred times."""


def collect_rarely() -> None:
    """Has the collector wait for more new objects; what tests leave behind still goes within some seconds."""
    gc.set_threshold(*_THRESHOLDS)


def spare_collected_tests() -> None:
    """Takes what exists now, modules and tests by the ten thousand, out of each later collection."""
    gc.collect()
    gc.freeze()
