"""A switch: a choice that the vendor's documents leave open, settable in each world (`x-switches`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.contract.schema import Schema


@dataclass(frozen=True)
class SwitchSpec:
    """One switch: what it decides, the values that it takes, and which one it has unless it is set."""

    name: str
    schema: Schema
    default: Any
    description: str = ""


def read_switches(root: Mapping[str, Any], schemas: dict[str, Any]) -> dict[str, SwitchSpec]:
    """The switches of a document by their names, in its order."""
    return {
        name: SwitchSpec(name, Schema(node["schema"], schemas), node["default"], node.get("description", ""))
        for name, node in root.get("x-switches", {}).items()
    }
