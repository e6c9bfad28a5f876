"""Law 7 for limits and switches: each stands on its page as the contract has it, and none that is gone."""

import json
import re
from typing import Any

import pytest

from mockserver import vendors
from mockserver.contract.contract import Contract
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "reference" / "rate-limits.md").read_text(encoding="utf-8")
LIMITS, SWITCHES = PAGE.split("## Switches")
ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \| ([^|]*) \| ([^|]*) \|", re.MULTILINE)


def contract(vendor: str) -> Contract:
    return vendors.find(vendor).contract


def rows(text: str, vendor: str) -> dict[str, tuple[str, str]]:
    return {name: (third, fourth) for one, name, third, fourth in ROW.findall(text) if one == vendor}


def shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("vendor", vendors.names())
def test_every_limit_is_explained(vendor: str) -> None:
    kept = {one.name: (str(one.calls), str(one.seconds)) for one in contract(vendor).limits.values()}
    assert rows(LIMITS, vendor) == kept


@pytest.mark.parametrize("vendor", vendors.names())
def test_every_switch_is_explained_with_its_default_first(vendor: str) -> None:
    explained = {name: re.findall(r"`(\w+)`", values) for name, (values, _) in rows(SWITCHES, vendor).items()}
    switches = contract(vendor).switches
    assert {name: values[0] for name, values in explained.items()} == {
        name: shown(switch.default) for name, switch in switches.items()
    }
    for name, switch in switches.items():
        choices = switch.schema.schema.get("enum", [])
        assert set(map(shown, choices)) <= set(explained[name])
