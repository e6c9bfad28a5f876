"""A summary of jobs that ran one after another: how many, and what they changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from mockserver.call import JobEntry
from mockserver.formats.timestamps import to_iso
from mockserver.state.change_log import ChangeLog
from mockserver.state.collection_spec import CollectionSpec
from mockserver.state.effects import MAX_COMPARED, Counts, add_counts, describe_some, summarize

MAX_ENTRIES: Final = 50


class JobRuns:
    """The jobs that ran; `entries` are the first of those that changed something."""

    def __init__(self) -> None:
        self.count: int = 0
        self.entries: list[JobEntry] = []
        self.effect_counts: Counts = {}
        """Of all jobs together."""
        self._to_compare = MAX_COMPARED

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
        if not changes.changes:
            return
        found, counts = summarize(changes, by_kind, self._to_compare)
        self._to_compare = max(0, self._to_compare - len(changes.changes))
        add_counts(self.effect_counts, counts)
        if counts and len(self.entries) < MAX_ENTRIES:
            entry: JobEntry = {
                "vendor": vendor,
                "job": job,
                "due": to_iso(due),
                "effects": describe_some(found),
                "effect_counts": counts,
            }
            self.entries.append(entry)
