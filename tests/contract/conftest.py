from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.formats import yaml_loader

_SHELF = Path(__file__).with_name("shelf.yaml")


@cache
def _shelf() -> bytes:
    """The contract as JSON, which is parsed in a hundredth of the time."""
    return orjson.dumps(yaml_loader.read(_SHELF))


@pytest.fixture
def root() -> dict[str, Any]:
    """A small valid contract as a parsed document, for tests to modify."""
    document: dict[str, Any] = orjson.loads(_shelf())
    return document


@pytest.fixture
def shelf(root: dict[str, Any]) -> Contract:
    """The small contract."""
    return Contract(Document(root, "shelf/openapi.yaml"))
