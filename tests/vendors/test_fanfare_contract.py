"""Fanfare: what generators of clients need of the contract, and what they do not read alike."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.formats import yaml_loader
from mockserver.paths import contracts

FOLDER = contracts() / "fanfare"
NAMES = ("openapi.yaml", "backstage.yaml")


def schemas(node: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything in a document that has a type, with its place."""
    if isinstance(node, dict):
        if "type" in node and isinstance(node["type"], str | list):
            yield where, node
        for name, part in node.items():
            if name not in ("example", "examples", "value"):
                yield from schemas(part, f"{where}/{name}")
    elif isinstance(node, list):
        for number, part in enumerate(node):
            yield from schemas(part, f"{where}/{number}")


def snake_case(name: str) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("name", NAMES)
def test_free_objects_and_items_are_explicit(name: str) -> None:
    found = [*schemas(yaml_loader.read(FOLDER / name))]
    free = [where for where, one in found if "object" in one["type"] and "properties" not in one]
    items = [where for where, one in found if "array" in one["type"]]
    assert free
    assert items
    by_place = dict(found)
    assert [where for where in free if "additionalProperties" not in by_place[where]] == []
    assert [where for where in items if "items" not in by_place[where]] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_schema_has_a_list_of_its_own_name(name: str) -> None:
    # A generator for Python would give the object and the list one variable, and its code would not compile.
    components = yaml_loader.read(FOLDER / name)["components"]["schemas"]
    lists = [
        (schema, member)
        for schema, node in components.items()
        for member, part in node.get("properties", {}).items()
        if {"array", "object"} & {*part.get("type", ())} or part.get("type") in ("array", "object")
    ]
    assert lists
    assert [one for one in lists if snake_case(one[0]) == snake_case(one[1])] == []


def test_metadata_takes_any_member() -> None:
    components = yaml_loader.read(FOLDER / "openapi.yaml")["components"]["schemas"]
    owners = {schema for schema, node in components.items() if "metadata" in node.get("properties", ())}
    assert owners == {
        *("NewAudience", "AudienceChanges", "Audience", "NewConsumer", "ConsumerChanges", "Consumer")
    }
    for schema in owners:
        metadata = components[schema]["properties"]["metadata"]
        assert metadata == {"type": ["object", "null"], "additionalProperties": True}
