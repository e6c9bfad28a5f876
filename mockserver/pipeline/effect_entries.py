"""The part of a journal entry that says what the call and the jobs that ran in it have changed."""

from typing import Final, NamedTuple

from mockserver.binding.vendor import Vendor
from mockserver.call import EffectEntry, JobEntry
from mockserver.contract.redaction import REDACTED, Redaction
from mockserver.pipeline.request_context import RequestContext
from mockserver.state.change_log import ChangeLog
from mockserver.state.effects import Counts, summarize

_BYTES_OF_OBJECTS: Final = 400  # of one change, roughly


class EffectsOfCall(NamedTuple):
    """The effects of a call as the exchange shows them."""

    effects: list[EffectEntry]
    counts: Counts
    jobs: list[JobEntry]


def effects_of(vendor: Vendor, context: RequestContext, redaction: Redaction) -> EffectsOfCall:
    """The changes that the call and its jobs made, secrets blanked."""
    effects: list[EffectEntry] = []
    counts: Counts = {}
    if context.changes is not None:
        effects, counts = summarize(context.changes, vendor.collections.by_kind)
    jobs = [entry for runs in context.job_runs for entry in runs.entries]
    for effect in (*effects, *(effect for job in jobs for effect in job["effects"])):
        blank_secrets(effect, redaction)
    return EffectsOfCall(effects, counts, jobs)


def blank_secrets(entry: EffectEntry, redaction: Redaction) -> None:
    """Redacts the secrets of an entry in place."""
    for member in entry.get("members", ()):
        if redaction.is_secret("body", member["pointer"]):
            member.update({side: REDACTED for side in ("before", "after") if side in member})  # type: ignore[typeddict-item]
    redaction.blank(entry)


def size_of(changes: ChangeLog) -> int:
    """The bytes that the log holds, roughly."""
    size = 0
    for before, after in changes.changes.values():
        size += _BYTES_OF_OBJECTS + len((before and before.body) or b"") + len((after and after.body) or b"")
    return size
