"""Behaviour switches: choices that the vendor's documentation leaves open, set per world (`x-switches`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.contract.schema import Schema

CONTENT_TYPE_SCOPES: Final = ("all", "bodies", "none")
"""The calls that need a Content-Type: all, those with a body, or none; `true` means all, `false` none."""


@dataclass(frozen=True)
class SwitchSpec:
    """One switch: its description, the schema of its values, and its default."""

    name: str
    schema: Schema
    default: Any
    description: str = ""


def read_switches(root: Mapping[str, Any], schemas: dict[str, Any]) -> dict[str, SwitchSpec]:
    """The switches of a document by name, in the document's order."""
    return {
        name: SwitchSpec(name, Schema(node["schema"], schemas), node["default"], node.get("description", ""))
        for name, node in root.get("x-switches", {}).items()
    }
