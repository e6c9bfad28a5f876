"""Rules about what a client sends: its sessions, credentials and records."""

from typing import Final

from mockserver.conduct.rule import Found
from mockserver.conduct.traffic import Traffic
from mockserver.formats.json_pointer import MISSING, resolve

_LOGINS: Final = 3
_UPDATES: Final = frozenset({"updated"})


def logged_in_for_every_call(traffic: Traffic) -> Found:
    """A session for every call or two, where one lasts for many."""
    login = traffic.knowledge.get("login")
    logins = [step for step in traffic.steps if step.name == login and step.is_success]
    others = len(traffic.steps) - len(logins)
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
        if idle:
            count = "an update" if len(idle) == 1 else f"{len(idle)} updates"
            yield f"sent {count} that changed nothing", idle


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
    steps = [step for step in traffic.steps if names & step.query.keys()] if names else []
    if steps:
        listed = ", ".join(sorted(names & set().union(*(step.query.keys() for step in steps))))
        yield f"sent credentials in the query of {len(steps)} calls ({listed})", steps


def created_without_consent(traffic: Traffic) -> Found:
    """Contacts that are created without a word on what may be sent to them."""
    for name, pointers in traffic.knowledge.get("consent", {}).items():
        steps = [
            step
            for step in traffic.by_operation.get(name, [])
            if step.is_success
            and step.added
            and all(resolve(step.sent, one) in (MISSING, None) for one in pointers)
        ]
        if steps:
            count = "a contact" if len(steps) == 1 else f"{len(steps)} contacts"
            yield f"created {count} without {' or '.join(pointers)}", steps
