from pathlib import Path

import pytest

from mockserver.contract.contract import Contract


@pytest.fixture(scope="session")
def shelf() -> Contract:
    """A small valid contract."""
    return Contract.read(Path(__file__).parents[1] / "contract" / "shelf.yaml")
