"""Validation of a scenario beyond its schema, before a world starts with it.

Settings and faults are checked against the contracts. The vendors try their sections on a few people: a wrong
section is refused when the scenario is named, not at the first call to its vendor.
"""

from collections.abc import Callable, Container, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from mockserver.binding.bound_contract import BoundContract
from mockserver.control import setting_validation
from mockserver.control.fault_validation import check_fault
from mockserver.errors import InvalidScenarioError, Problem
from mockserver.state.people import people
from mockserver.state.profile import Profile
from mockserver.state.scenario import SCENARIOS, Scenario, load_scenario
from mockserver.state.world import World
from mockserver.state.worlds import Worlds
from mockserver.storage.memory import MemoryStore

_BY_VENDOR: Final = ("rates", "switches")  # settings that have a part for each vendor
_SAMPLE: Final = 20  # people for whom the sections of a scenario are tried, besides the named ones


def validate_scenario(
    control: BoundContract,
    worlds: Worlds,
    scenario: Scenario,
    known_vendors: Container[str],
    overlays: Mapping[str, Any],
) -> None:
    """Raises `InvalidScenarioError`. What is for vendors that are not served is not checked.

    `overlays` are those of the scenario that the server was started with.
    """
    plans: list[Scenario | Profile] = [scenario, *scenario.profiles]
    for named in plans:
        where = f"{'profile' if isinstance(named, Profile) else 'scenario'} {named.name}"
        settings = _of_served(worlds, named.settings, known_vendors)
        _check_settings(control, worlds, settings, f"{where} at /settings")
        for number, fault in enumerate(named.faults):
            _check_fault(control, worlds, fault, known_vendors, f"{where} at /faults/{number}")
    if scenario.overlays and scenario.overlays != overlays:
        what = "its overlays and credentials adapt the contracts of a whole server, which runs without them"
        fix = "start the server with it (--scenario FILE), or pass overlays by --overlay"
        place = next(iter(scenario.overlays_at.values()))
        raise InvalidScenarioError(f"scenario {scenario.name} at {place}", what, fix)
    if any(name in worlds.vendors for name in scenario.vendors) and not _is_shipped(scenario):
        _try_sections(worlds, scenario)


def _check_settings(control: BoundContract, worlds: Worlds, settings: Mapping[str, Any], where: str) -> None:
    if settings:
        _validate(control, "set_settings", settings, where)
        _check(control, where, lambda: setting_validation.validate_settings(worlds, settings))


def _of_served(
    worlds: Worlds, settings: Mapping[str, Any], known_vendors: Container[str]
) -> Mapping[str, Any]:
    """The settings without those of vendors that are known, but not served."""
    served = dict(settings)
    for key in _BY_VENDOR:
        if isinstance(by_vendor := settings.get(key), dict):
            served[key] = {
                name: one
                for name, one in by_vendor.items()
                if name in worlds.vendors or name not in known_vendors
            }
    return served


def _check_fault(
    control: BoundContract,
    worlds: Worlds,
    fault: Mapping[str, Any],
    known_vendors: Container[str],
    where: str,
) -> None:
    _validate(control, "add_fault", fault, where)
    vendor = fault.get("vendor")
    if vendor in worlds.vendors or vendor not in known_vendors:
        _check(control, where, lambda: check_fault(worlds, fault))


def _is_shipped(scenario: Scenario) -> bool:
    """True for a scenario that comes with the server, whose sections are known to be right."""
    name = scenario.name
    return SCENARIOS.is_shipped(name) and load_scenario(name).fingerprint == scenario.fingerprint


def _try_sections(worlds: Worlds, scenario: Scenario) -> None:
    """Writes the sections' data to a store of its own. Raises `InvalidScenarioError`."""
    count = min(scenario.people, len(scenario.named) + _SAMPLE)
    sample = people(scenario.seed, count, scenario.locales, scenario.named)
    start = scenario.now or datetime.now(UTC)
    store = MemoryStore()
    for name, section in scenario.vendors.items():
        if name not in worlds.vendors:
            continue
        where = f"scenario {scenario.name} at /vendors/{name}"
        try:
            with store.transaction():
                vendor = worlds.vendors[name]
                world = World(name, scenario.seed, name, store.space(name), start, contract=vendor.contract)
                vendor.populate(world, sample, section)
        except InvalidScenarioError as error:
            raise InvalidScenarioError(f"{where}: {error.where}", error.what, error.fix) from error
        except Exception as error:  # whatever a vendor makes of a section that fits the schema
            raise InvalidScenarioError(where, f"its data cannot be made ({error})", "correct it") from error


def _validate(control: BoundContract, operation: str, value: Mapping[str, Any], where: str) -> None:
    body = control.contract.operations[operation].body
    for violation in body.json_schema.violations(value) if body and body.json_schema else ():
        fix = f"see the body of {operation} in GET /_mock/openapi.json"
        raise InvalidScenarioError(f"{where}{violation.pointer}", violation.message, fix)


def _check(control: BoundContract, where: str, check: Callable[[], None]) -> None:
    try:
        check()
    except Problem as problem:
        body = control.contract.problems[problem.name].body(problem.details)
        what, _, fix = body["message"].partition("; ")
        raise InvalidScenarioError(where, what, fix or "correct it") from problem
