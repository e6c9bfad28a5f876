"""The effects of an exchange: the secrets of what a job changed are blanked as those of the call."""

from mockserver.call import EffectEntry, JobEntry
from mockserver.contract.redaction import REDACTED, Redaction
from mockserver.contract.sensitive_fields import COMMON
from mockserver.pipeline.effect_entries import effects_of
from mockserver.pipeline.request_context import RequestContext
from mockserver.state.job_runs import JobRuns
from mockserver.vendors import find


def test_secrets_in_the_effects_of_a_job_are_blanked() -> None:
    updated: EffectEntry = {
        "vendor": "ortto",
        "collection": "people",
        "id": "1",
        "change": "updated",
        "members": [
            {"pointer": "/password", "before": "old", "after": "new"},
            {"pointer": "/city", "before": "old", "after": "new"},
        ],
    }
    added: EffectEntry = {
        "vendor": "ortto",
        "collection": "people",
        "id": "2",
        "change": "added",
        "record": {"password": "new"},
    }
    job: JobEntry = {
        "vendor": "ortto",
        "job": "refresh",
        "due": "2026-11-02T00:00:00Z",
        "effects": [updated, added],
        "effect_counts": {},
    }
    runs, context = JobRuns(), RequestContext()
    runs.entries.append(job)
    context.job_runs = (runs,)
    assert effects_of(find("ortto"), context, Redaction(COMMON)).jobs == [job]
    assert updated["members"] == [
        {"pointer": "/password", "before": REDACTED, "after": REDACTED},
        {"pointer": "/city", "before": "old", "after": "new"},
    ]
    assert added["record"] == {"password": REDACTED}
