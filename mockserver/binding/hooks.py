"""Every optional hook of a vendor, with its default.

A vendor implements a hook as a public function of that name in one module of its folder:

    errors.py            error_context, map_validation_error, describe_violation, error_status, render_error
    auth.py              extract_credentials, authenticate, sign, resign, map_auth_error
    response_headers.py  response_headers
    request_bodies.py    decode_body, decode_text
    audience_lookup.py   audiences_with
    jobs.py              run_immediately, and one function for each job that it schedules
    life.py              audience_sizes, memberships, observe, remember, live
    population.py        populate
    backstage.py         one function for each operation of backstage.yaml

Jobs, populate and backstage actions have no default: a vendor that needs them writes them. The first five
modules and life.py hold nothing but hooks: another public function there is a misspelt one, and an error.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import ModuleType
from typing import Any, Final, Protocol

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import DecodeBody, DecodeText, Violation
from mockserver.errors import InvalidContractError, Problem
from mockserver.formats.suggestions import nearest
from mockserver.state.audience_series import AudienceSize, Observer
from mockserver.state.credentials import KnownCredential
from mockserver.state.life_events import LifeStep, Past
from mockserver.state.world import World


class Authenticate(Protocol):
    """A vendor's own check of credentials, instead of the core's."""

    def __call__(self, call: Call, world: World, known: list[KnownCredential]) -> KnownCredential | None:
        """The credential that authenticates the call, of those presented that are valid here (`known`).

        Raises the vendor's problem if the call is not authenticated.
        """


class RunImmediately(Protocol):
    """The recalculation of a vendor after each call in a world whose jobs run immediately."""

    def __call__(self, world: World) -> None:
        """Runs in the call's transaction."""


class Live(Protocol):
    """The life of people, applied to a vendor's records."""

    def __call__(self, world: World, section: Mapping[str, Any], step: LifeStep) -> None:
        """Applies the events of a few hours in their order, but for people whom the vendor does not know.

        `section` is the vendor's part of the scenario. It is not called for hours without events, unless they
        are the last of a day.
        """


class Remember(Protocol):
    """The history of people, added to a vendor's seed data."""

    def __call__(
        self,
        world: World,
        section: Mapping[str, Any],
        pasts: Sequence[Past],
        joined: Mapping[int, Mapping[str, datetime]],
    ) -> None:
        """Adds to the seed data; `joined` says since when which person (by number) is in which audience."""


class Hooks:
    """The optional hooks, each with its default. `collect` replaces those that a vendor implements."""

    authenticate: Authenticate | None = None
    """None: the core compares what the call presents with the credentials of the world."""

    decode_body: DecodeBody | None = None
    """None: the schema sees the body as it was parsed.

    Otherwise the body as the vendor's decoder reads it, such as with member names in any case, and what the
    decoder rejects although the schema allows it.
    """

    decode_text: DecodeText | None = None
    """None: a body that is not JSON in UTF-8 is malformed.

    Otherwise the JSON that the vendor's decoder finds in such bytes, such as behind a byte order mark.
    """

    run_immediately: RunImmediately | None = None
    """None: nothing but the pending jobs runs after a call."""

    live: Live | None = None
    """None: nothing happens by itself in this vendor's records, and they have no history."""

    observe: Callable[[World, Mapping[str, Any]], Observer] | None = None
    """What finds the audiences of a person in a state, for the history. None: it has none."""

    remember: Remember | None = None
    """None: the seed data are those of a world without a history, but for the sizes of audiences."""

    def audience_sizes(self, world: World) -> Iterable[AudienceSize]:
        """The audiences as they are now, the oldest first."""
        return ()

    def memberships(self, kind: str, parent: str, body: bytes) -> Iterable[str]:
        """The ids of the audiences that a record of the kind (without the vendor's name) puts somebody in."""
        return ()

    def audiences_with(self, world: World, ids: Iterable[str], email: str) -> list[str]:
        """Those of the audiences that have the person, of a vendor that keeps hashes in place of people."""
        return []

    def error_context(self, call: Call, world: Any) -> dict[str, Any]:
        """The values that fill the variable parts of every problem's body.

        `world` is None if the store is not available.
        """
        return {}

    def map_validation_error(
        self, call: Call, operation: Operation, violations: list[Violation]
    ) -> Problem | None:
        """The problem for an invalid call. None: the one that the contract names in `x-problems`."""
        return None

    def describe_violation(self, call: Call, violation: Violation) -> str | None:
        """The sentence about an invalid part of a call in the vendor's own words. None: the validator's.

        It fills `{reason}` of the problem; the journal keeps the validator's message.
        """
        return None

    def error_status(self, call: Call, world: Any, status: int) -> int:
        """The HTTP status of a problem whose contract says `status`; the contract declares both."""
        return status

    def render_error(self, call: Call, status: int, body: Any) -> tuple[str, str] | None:
        """Media type and text of a problem's body for this caller. None: JSON."""
        return None

    def extract_credentials(self, call: Call) -> list[tuple[str, str]]:
        """Credential fields, with their values, that a call carries in a form of the vendor's own."""
        return []

    def sign(self, method: str, url: str, credentials: Mapping[str, str]) -> dict[str, str]:
        """The headers that sign one call; valid once, for a limited time."""
        return {}

    def resign(self, call: Call, world: World, credentials: Mapping[str, str]) -> None:
        """Signs a call anew that was authenticated once: with these credentials, or keys of the world.

        A replay sends it to another world, at another address. The default takes the headers of `sign`.
        """
        url = call.origin + (call.raw_path or call.path) + (f"?{call.query}" if call.query else "")
        signed = self.sign(call.method, url, credentials) if credentials else {}
        call.headers = {**call.headers, **{name.lower(): text for name, text in signed.items()}}

    def map_auth_error(self, call: Call) -> Problem | None:
        """The problem for a call that no credential authenticates. None: the one that the contract names.

        `call.credential` is what the caller presented and this world knows, though it is not valid here.
        """
        return None

    def response_headers(self, call: Call, world: Any) -> dict[str, str]:
        """The headers of every reply whose values vary.

        Called once for each reply, problems included; what it writes into the world is kept. `world` is None
        if the store is not available.
        """
        return {}


MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "errors": ("error_context", "map_validation_error", "describe_violation", "error_status", "render_error"),
    "auth": ("extract_credentials", "authenticate", "sign", "resign", "map_auth_error"),
    "response_headers": ("response_headers",),
    "request_bodies": ("decode_body", "decode_text"),
    "audience_lookup": ("audiences_with",),
    "jobs": ("run_immediately",),
    "life": ("audience_sizes", "memberships", "observe", "remember", "live"),
}
"""The module of a vendor's folder in which each hook is implemented."""

_MIXED_MODULES: Final = frozenset({"jobs"})
"""Modules whose public functions are not all hooks."""


def collect(modules: Mapping[str, ModuleType]) -> Hooks:
    """The hooks of a vendor whose modules are given by name; the rest are the defaults.

    Raises `InvalidContractError` for a public function of a hook module that is not a hook.
    """
    hooks = Hooks()
    for module, names in MODULES.items():
        if module in modules and module not in _MIXED_MODULES:
            _reject_others(modules[module], names)
        for name in names:
            function = getattr(modules.get(module), name, None)
            if function is not None:
                setattr(hooks, name, function)
    return hooks


def _reject_others(module: ModuleType, names: tuple[str, ...]) -> None:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and not name.startswith("_") and name not in names:
            fix = f"rename it to {nearest(name, names)} or _{name}, or move it to another module"
            raise InvalidContractError(module.__name__, f"function {name} is not a hook", fix)
