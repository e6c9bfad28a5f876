"""Rules about what a client sends: its sessions, credentials and records."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.conduct.rule import Found
from mockserver.conduct.traffic import Step, Traffic, runs
from mockserver.formats.json_pointer import resolve
from mockserver.formats.secret_mark import REDACTED

_LOGINS: Final = 3
_UPDATES: Final = frozenset({"updated"})


def logged_in_for_every_call(traffic: Traffic) -> Found:
    """A session for every call or two, where one lasts for many."""
    login = traffic.knowledge.get("login")
    # A run that begins long after the last one may need a session of its own.
    for steps in runs(traffic.steps):
        logins = [step for step in steps if step.name == login and step.is_success]
        others = len(steps) - len(logins)
        if len(logins) >= _LOGINS and others <= 2 * len(logins):
            yield f"logged in {len(logins)} times for {others} other calls", logins


def sent_unchanged_updates(traffic: Traffic) -> Found:
    """Updates that changed nothing, since the record was as sent already."""
    for name, steps in traffic.by_operation.items():
        effects = traffic.contract.operations[name].effects
        if not effects or any(kinds != _UPDATES for kinds in effects.values()):
            continue  # what it adds, removes or leaves to a job may show later
        # Without a body there is nothing to compare.
        idle = [step for step in steps if step.sent is not None and step.is_success and not step.changed]
        idle = _without_repeats(steps, idle)
        if idle:
            count = "an update" if len(idle) == 1 else f"{len(idle)} updates"
            yield f"sent {count} that changed nothing", idle
    yield from _unchanged_items(traffic)


def _unchanged_items(traffic: Traffic) -> Found:
    """Records among many, or sent to be added or updated, that were as sent already."""
    for name, update in traffic.knowledge.get("updates", {}).items():
        idle = {
            step: _count_idle(step, update) for step in traffic.by_operation.get(name, []) if step.is_success
        }
        steps = _without_repeats([*idle], [step for step, count in idle.items() if count > 0])
        if steps:
            total = sum(idle[step] for step in steps)
            records = "a record" if total == 1 else f"{total} records"
            yield f"sent {records} to {name} that changed nothing", steps


def _without_repeats(steps: list[Step], found: list[Step]) -> list[Step]:
    """Those found, without updates that are sent again because the reply was lost."""
    lost = {step.request for step in steps if step.is_unknown_to_client or step.is_late}
    return [step for step in found if step.request not in lost]


def _count_idle(step: Step, update: Mapping[str, Any]) -> int:
    """How many of the records that a call sent were as sent already."""
    into = update["into"]
    if "items" in update:
        items = resolve(step.sent, update["items"])
        counts = next(
            (one for name, one in step.exchange["effect_counts"].items() if name.endswith(f".{into}")), {}
        )
        return len(items) - sum(counts.values()) if isinstance(items, list) else 0
    changed = [
        one for one in step.exchange["effects"] if one["collection"] == into and one["change"] == "updated"
    ]
    touches = {*update["touches"]}
    return sum({member["pointer"] for member in one.get("members", [])} <= touches for one in changed)


def has_no_user_agent(traffic: Traffic) -> Found:
    """Calls without `User-Agent`, where the vendor asks for it."""
    if not traffic.knowledge.get("user_agent"):
        return
    steps = [step for step in traffic.steps if not step.header("user-agent").strip()]
    if steps:
        yield f"sent {len(steps)} of {len(traffic.steps)} calls without User-Agent", steps


def has_credentials_in_query(traffic: Traffic) -> Found:
    """Credentials in a URL, which logs and proxies keep."""
    names = traffic.contract.credential_parameters
    found = {step: _credentials(step, names) for step in traffic.steps if step.query}
    steps = [step for step, sent in found.items() if sent]
    if steps:
        listed = ", ".join(sorted(set().union(*found.values())))
        yield f"sent credentials in the query of {len(steps)} calls ({listed})", steps


def signed_with_a_wrong_clock(traffic: Traffic) -> Found:
    """Calls whose signature bears a time that is not now."""
    problems = traffic.knowledge.get("clock", [])
    steps = [step for step in traffic.steps if step.exchange["problem"] in problems and not _is_planned(step)]
    corrected = steps and any(step.number > steps[-1].number and step.is_success for step in traffic.steps)
    if steps and not (len(steps) == 1 and corrected):  # one refusal tells the client the right time
        yield f"signed {len(steps)} calls with a time that the vendor does not accept", steps


def sent_a_signature_again(traffic: Traffic) -> Found:
    """Calls that are sent again with the signature of the first."""
    problems = traffic.knowledge.get("nonce", [])
    steps = [step for step in traffic.steps if step.exchange["problem"] in problems and not _is_planned(step)]
    if steps:
        yield f"sent {len(steps)} calls with a signature that was used before", steps


def _credentials(step: Step, names: frozenset[str]) -> set[str]:
    """The query parameters that carry credentials: the contract's, or made up and with a secret value."""
    declared = {one.name for one in step.operation.parameters} if step.operation else set()
    made_up = {name for name, text in step.query.items() if text == REDACTED and name not in declared}
    return made_up | (names & step.query.keys())


def _is_planned(step: Step) -> bool:
    return step.exchange["fault"] is not None
