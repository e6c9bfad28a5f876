"""What jobs have changed: a summary of those that ran one after another."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from mockserver.call import JobEntry
from mockserver.contract.collection_spec import CollectionSpec
from mockserver.formats.timestamps import to_iso
from mockserver.state.change_log import ChangeLog
from mockserver.state.effects import Counts, add_counts, count, describe_some, differences

_MAX_ENTRIES: Final = 50


class JobRuns:
    """The jobs that ran; `entries` are the first of those that changed something."""

    def __init__(self) -> None:
        self.count = 0
        self.entries: list[JobEntry] = []
        self.effect_counts: Counts = {}
        """Of all jobs together."""

    def add(
        self,
        vendor: str,
        job: str,
        due: datetime,
        changes: ChangeLog,
        by_kind: Mapping[str, CollectionSpec],
    ) -> None:
        """Adds one job that ran."""
        self.count += 1
        found = [*differences(changes, by_kind)]
        if not found:
            return
        counts = count(found)
        add_counts(self.effect_counts, counts)
        if len(self.entries) < _MAX_ENTRIES:
            entry: JobEntry = {
                "vendor": vendor,
                "job": job,
                "due": to_iso(due),
                "effects": describe_some(found),
                "effect_counts": counts,
            }
            self.entries.append(entry)
