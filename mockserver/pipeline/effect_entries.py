"""The part of a journal entry that says what the call and the jobs that ran in it have changed."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from mockserver.binding.vendor import Vendor
from mockserver.call import EffectEntry, JobEntry
from mockserver.contract.redaction import REDACTED, Redaction
from mockserver.pipeline.request_context import RequestContext
from mockserver.state.change_log import ChangeLog
from mockserver.state.effects import Counts, describe_some, summarize

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
        effects, counts = described(vendor, context.changes, redaction)
    jobs = [entry for runs in context.job_runs for entry in runs.entries]
    for job in jobs:
        blank_secrets(job["effects"], redaction)
    return EffectsOfCall(effects, counts, jobs)


def counts_of(vendor: Vendor, context: RequestContext) -> Counts:
    """The numbers of the records that the call changed, as `effects_of` has them."""
    return {} if context.changes is None else summarize(context.changes, vendor.collections.by_kind)[1]


def described(vendor: Vendor, changes: ChangeLog, redaction: Redaction) -> tuple[list[EffectEntry], Counts]:
    """The first effects of a vendor's log, secrets blanked, and the numbers of all."""
    found, counts = summarize(changes, vendor.collections.by_kind)
    effects = describe_some(found)
    blank_secrets(effects, redaction)
    return effects, counts


def blank_secrets(entries: Iterable[EffectEntry], redaction: Redaction) -> None:
    """Redacts the secrets of entries in place."""
    for entry in entries:
        _blank(entry, redaction)


def _blank(entry: EffectEntry, redaction: Redaction) -> None:
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
