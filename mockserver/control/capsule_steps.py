"""The comparable parts of an exchange or an action in a capsule: reply and changes, alike in every world."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

import orjson

from mockserver.call import EffectEntry, JobEntry
from mockserver.control import effects_view
from mockserver.control.record_access import NOW, START, chosen_vendors, named_state
from mockserver.pipeline.effect_entries import blank_secrets
from mockserver.state.capsule_file import digest, json_digest
from mockserver.state.effects import describe
from mockserver.state.job_runs import MAX_ENTRIES
from mockserver.state.world_diff import world_differences
from mockserver.state.worlds import Worlds

Mask = Callable[[str], str]

_NAMING: Final = ("mint_credential", "reset_world")
_UNSTABLE: Final = frozenset({"content-length", "date", "server", "connection", "keep-alive"})
"""Headers that say nothing about the vendor's reply."""


def reply_of(exchange: Mapping[str, Any], mask: Mask) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of a reply, as they are compared."""
    reply = exchange["reply"]
    headers = {name.lower(): mask(text) for name, text in reply["headers"].items()}
    kept = {name: text for name, text in headers.items() if name not in _UNSTABLE}
    return reply["status"], kept, mask(reply["body"])


def vendors_of(steps: Iterable[Mapping[str, Any]]) -> set[str]:
    """The vendors that are called or acted in, in steps of a capsule or what they are made of."""
    return {
        name
        for step in steps
        if (name := step.get("vendor") or step.get("params", {}).get("vendor") or _vendor_of_body(step))
    }


def _vendor_of_body(step: Mapping[str, Any]) -> str | None:
    """That of a partial reset, and of a credential that is minted."""
    body = step.get("body")
    operation = step.get("action") or step.get("operation")
    named = body.get("vendor") if isinstance(body, dict) and operation in _NAMING else None
    return named if isinstance(named, str) else None


def changes_of(entry: Mapping[str, Any], mask: Mask, vendors: Collection[str]) -> dict[str, Any]:
    """The changes of an exchange or an action: `effects`, `counts`, and `jobs` with those of jobs.

    Jobs are those of the vendors; None where the entry does not have all that ran.
    """
    jobs = [job for job in entry["jobs"] if job["vendor"] in vendors]
    found = {
        "effects": _digests(entry["effects"], mask),
        "counts": entry["effect_counts"],
        "jobs": [line for job in jobs for line in _of_job(job, mask)],
    }
    if len(entry["jobs"]) >= MAX_ENTRIES:
        found["jobs"] = None
    return {name: value for name, value in found.items() if value or value is None}


def _of_job(job: JobEntry, mask: Mask) -> list[list[str]]:
    counts = json_digest(job["effect_counts"])
    return [[f"{job['vendor']}.{job['job']}", job["due"], "ran", counts], *_digests(job["effects"], mask)]


def _digests(effects: Iterable[EffectEntry], mask: Mask) -> list[list[str]]:
    """Collection, id, kind of change and a digest of each."""
    return [
        [f"{one['vendor']}.{one['collection']}", one["id"], one["change"], digest(mask(_text(one)))]
        for one in effects
    ]


def _text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def state_digests(worlds: Worlds, world: str, vendors: Iterable[str], mask: Mask) -> dict[str, str]:
    """A digest of each collection of these vendors that differs from the seed data, secrets blanked."""
    secrets = effects_view.redaction(worlds)
    before, after = named_state(worlds, world, START), named_state(worlds, world, NOW)
    found = {}
    for vendor in sorted(vendors):
        for spec in chosen_vendors(worlds, vendor)[0].collections.values():
            entries = [describe(one) for one in world_differences(before, after, [spec])]
            if entries:
                blank_secrets(entries, secrets)
                found[spec.full_name] = digest(mask(_text(entries)))
    return found
