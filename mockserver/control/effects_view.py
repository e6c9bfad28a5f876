"""The changes that jobs made, as the control API shows them: without secrets."""

from typing import Any

from mockserver.contract.redaction import Redaction
from mockserver.control import vendor_access
from mockserver.pipeline.effect_entries import blank_secrets
from mockserver.state.job_runs import JobRuns
from mockserver.state.worlds import Worlds


def redaction(worlds: Worlds) -> Redaction:
    """Redacts the secrets of every vendor of this server."""
    return next(iter(vendor_access.vendors_by_name(worlds).values())).contract.redaction


def job_runs_view(worlds: Worlds, runs: JobRuns) -> dict[str, Any]:
    """`{jobs_run, jobs, effect_counts}`."""
    secrets = redaction(worlds)
    for entry in runs.entries:
        blank_secrets(entry["effects"], secrets)
    return {"jobs_run": runs.count, "jobs": runs.entries, "effect_counts": runs.effect_counts}
