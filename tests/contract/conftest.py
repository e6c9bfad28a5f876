from pathlib import Path
from typing import Any

import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.formats import yaml_loader

_SHELF = Path(__file__).with_name("shelf.yaml")


@pytest.fixture
def root() -> dict[str, Any]:
    """A small valid contract as a parsed document, for tests to modify."""
    document: dict[str, Any] = yaml_loader.read(_SHELF)
    return document


@pytest.fixture
def shelf(root: dict[str, Any]) -> Contract:
    """The small contract."""
    return Contract(Document(root, "shelf/openapi.yaml"))
