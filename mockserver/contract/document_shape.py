"""The shape of a contract: whether its parts are values of the kinds that the server reads."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from mockserver.contract.schema import Schema
from mockserver.formats import yaml_cache
from mockserver.paths import contracts

SCHEMA_FILE: Final = "contract.schema.yaml"


def shape_errors(root: Any, file: str) -> Iterator[tuple[str, str, str]]:
    """The parts of a document that are of another kind: place, what is wrong, and the fix."""
    for one in _schema().violations(root):
        yield f"{file}#{one.pointer}", f"cannot be read ({one.message})", f"see contracts/{SCHEMA_FILE}"


@lru_cache(maxsize=1)
def _schema() -> Schema:
    return Schema(yaml_cache.read(contracts() / SCHEMA_FILE), {})
