"""Validation of world settings against the limits and switches of the vendors' contracts."""

from collections.abc import Mapping
from typing import Any

from mockserver.contract.behaviour_switch import SwitchSpec
from mockserver.control import vendor_access
from mockserver.errors import Problem
from mockserver.formats.suggestions import nearest
from mockserver.state.settings import Settings
from mockserver.state.worlds import Worlds


def validate_settings(worlds: Worlds, change: Mapping[str, Any]) -> None:
    """Raises unknown_vendor, or unfit_setting for an unknown limit or switch, or an invalid value."""
    for vendor, rates in (change.get("rates") or {}).items():
        limits = vendor_access.find_vendor(worlds, vendor).contract.limits
        for name in rates or {}:
            _check_name(vendor, "limit", name, limits)
    for vendor, values in (change.get("switches") or {}).items():
        switches = vendor_access.find_vendor(worlds, vendor).contract.switches
        for name, value in (values or {}).items():
            _check_name(vendor, "switch", name, switches)
            if value is not None:
                _check_value(vendor, switches[name], value)


def settings_view(worlds: Worlds, world: str) -> dict[str, Any]:
    """The world's settings, with the contracts' defaults for those not set. Raises unknown_world."""
    return with_defaults(worlds, worlds.settings(world).read())


def with_defaults(worlds: Worlds, changed: Settings) -> dict[str, Any]:
    """The settings, with the contracts' defaults for those not set."""
    settings = changed.to_dict()
    contracts = {name: vendor.contract for name, vendor in vendor_access.vendors_by_name(worlds).items()}
    rates = {
        name: {limit.name: limit.calls for limit in one.limits.values()} | settings["rates"].get(name, {})
        for name, one in contracts.items()
        if one.limits
    }
    switches = {
        name: {switch.name: switch.default for switch in one.switches.values()}
        | settings["switches"].get(name, {})
        for name, one in contracts.items()
        if one.switches
    }
    return {**settings, "rates": rates, "switches": switches}


def _check_name(vendor: str, what: str, name: str, known: Mapping[str, Any]) -> None:
    if name in known:
        return
    if not known:
        reason = f"{vendor} has no {what} {name!r}, nor any other; remove it"
    else:
        close = nearest(name, known)
        reason = f"{vendor} has no {what} {name!r}, the nearest is {close}; GET …/settings shows them all"
    raise Problem("unfit_setting", reason=reason)


def _check_value(vendor: str, switch: SwitchSpec, value: Any) -> None:
    violations = switch.schema.violations(value)
    if violations:
        reason = f"invalid value for the switch {switch.name} of {vendor}: {violations[0].message}"
        raise Problem("unfit_setting", reason=f"{reason}; the default is {switch.default!r}")
