"""Exceptions from the checks of contracts are few, and each has a reason."""

import pytest

from mockserver.verify.vendor_lint import contract_names
from tests.contract import exceptions


@pytest.mark.parametrize("vendor", contract_names())
def test_exceptions_are_few_and_have_reasons(vendor: str) -> None:
    found = exceptions.read(vendor)
    assert {*found} <= {*exceptions.KINDS}
    # the unreached values of one enumeration count as one
    assert sum(map(len, found.values())) <= exceptions.MAX_EXCEPTIONS
    listed = [one for kind in exceptions.KINDS for one in exceptions.reasons(vendor, kind).items()]
    assert [place for place, reason in listed if len(reason.split()) < 3] == []


def test_every_file_is_of_a_contract() -> None:
    assert {file.stem for file in exceptions.FOLDER.iterdir()} <= {*contract_names()}
