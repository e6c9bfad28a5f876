from pathlib import Path
from typing import Any

import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.formats import yaml_loader

_SHELF = Path(__file__).with_name("shelf.yaml")


@pytest.fixture
def root() -> dict[str, Any]:
    """A small contract that is fit in every way, as parsed: to be bent."""
    document: dict[str, Any] = yaml_loader.read(_SHELF)
    return document


@pytest.fixture
def shelf(root: dict[str, Any]) -> Contract:
    """The contract of it."""
    return Contract(Document(root, "shelf/openapi.yaml"))
