"""Validation of a scenario's settings and faults against the contracts, before a world starts with them."""

from collections.abc import Callable, Container, Mapping
from typing import Any

from mockserver.binding.bound_contract import BoundContract
from mockserver.control import setting_validation
from mockserver.control.fault_validation import check_fault
from mockserver.errors import InvalidScenarioError, Problem
from mockserver.state.scenario import Scenario
from mockserver.state.worlds import Worlds


def validate_scenario(
    control: BoundContract, worlds: Worlds, scenario: Scenario, known_vendors: Container[str]
) -> None:
    """Raises `InvalidScenarioError`. Faults of a known vendor that is not served are not checked further."""
    if scenario.settings:
        where = f"scenario {scenario.name} at /settings"
        _validate(control, "set_settings", scenario.settings, where)
        _check(control, where, lambda: setting_validation.validate_settings(worlds, scenario.settings))
    for number, fault in enumerate(scenario.faults):
        where = f"scenario {scenario.name} at /faults/{number}"
        _validate(control, "add_fault", fault, where)
        vendor = fault.get("vendor")
        if vendor in worlds.vendors or vendor not in known_vendors:
            _check(control, where, lambda fault=fault: check_fault(worlds, fault))  # type: ignore[misc]


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
