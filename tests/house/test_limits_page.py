"""Rule 7 for rate limits and switches: the page lists exactly those of the contracts."""

import json
import re
from typing import Any

import pytest

from mockserver import vendors
from mockserver.contract.contract import Contract
from tests.house.sources import ROOT
from tests.read_vendors import read_vendor

PAGE = (ROOT / "docs" / "reference" / "rate-limits.md").read_text(encoding="utf-8")
LIMITS, SWITCHES = PAGE.split("## Switches")
ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \| ([^|]*) \| ([^|]*) \|", re.MULTILINE)


def contract(vendor: str) -> Contract:
    return read_vendor(vendor).contract


def rows(text: str, vendor: str) -> dict[str, tuple[str, str]]:
    return {name: (third, fourth) for one, name, third, fourth in ROW.findall(text) if one == vendor}


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("vendor", vendors.names())
def test_every_limit_is_documented(vendor: str) -> None:
    declared = {one.name: (str(one.calls), str(one.seconds)) for one in contract(vendor).limits.values()}
    assert rows(LIMITS, vendor) == declared


@pytest.mark.parametrize("vendor", vendors.names())
def test_every_switch_is_documented_with_its_default_first(vendor: str) -> None:
    documented = {
        name: re.findall(r"`([^`]+)`", values) for name, (values, _) in rows(SWITCHES, vendor).items()
    }
    switches = contract(vendor).switches
    assert {name: values[0] for name, values in documented.items()} == {
        name: as_text(switch.default) for name, switch in switches.items()
    }
    for name, switch in switches.items():
        choices = switch.schema.schema.get("enum", [])
        assert set(map(as_text, choices)) <= set(documented[name])
