"""Rules at the root of a contract: each is a value, or left to a behaviour switch (`{switch: name}`)."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.behaviour_switch import SwitchSpec

_KEYS: Final = (
    "x-content-type-required",
    "x-assumed-content-type",
    "x-default-media-type",
    "x-names-ignore-case",
    "x-routes-first",
)
_MAX_KNOWN: Final = 64


class RootRules(NamedTuple):
    """The rules in a world with certain switches.

    `content_type_scope` says which calls need a Content-Type: all (`all`, `true`), those with a body
    (`bodies`), or none. `assumed_content_type` is the media type of a body without one, if the contract says
    so, `default_media_type` that of replies where `Accept` prefers none (None: replies are not negotiated).
    """

    content_type_scope: Any
    assumed_content_type: str | None
    default_media_type: str | None
    names_ignore_case: bool
    routes_first: bool

    def requires_content_type(self, has_body: bool) -> bool:
        """Whether a call without Content-Type is rejected."""
        scope = self.content_type_scope
        return scope in (True, "all") or (scope == "bodies" and has_body)


class RuleBook:
    """The rules of one contract by the values of the switches that decide them."""

    def __init__(self, root: Mapping[str, Any], switches: Mapping[str, SwitchSpec]) -> None:
        """A rule whose switch does not exist, which the linter reports, is off."""
        self._rules = [root.get(key) for key in _KEYS]
        deciding = {rule["switch"] for rule in self._rules if isinstance(rule, dict)}
        self._defaults = [
            (name, switches[name].default if name in switches else None) for name in sorted(deciding)
        ]
        self._known: dict[tuple[Any, ...], RootRules] = {}

    def under(self, switches: Mapping[str, Any]) -> RootRules:
        """The rules under these switches; those that are left out have their defaults."""
        values = tuple([switches.get(name, default) for name, default in self._defaults])
        found = self._known.get(values)
        if found is None:
            by_name = dict(zip([name for name, _ in self._defaults], values, strict=True))
            chosen = [by_name[rule["switch"]] if isinstance(rule, dict) else rule for rule in self._rules]
            found = RootRules._make([*chosen[:3], *map(bool, chosen[3:])])
            if len(self._known) < _MAX_KNOWN:
                self._known[values] = found
        return found
