from pathlib import Path

import pytest

from mockserver.contract.contract import Contract


@pytest.fixture(scope="session")
def shelf() -> Contract:
    """A small contract that is fit in every way."""
    return Contract.read(Path(__file__).parents[1] / "contract" / "shelf.yaml")
