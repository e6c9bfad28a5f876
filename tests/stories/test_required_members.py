"""Members and headers that every reply of the stories has are required, or listed with a reason."""

import pytest

from mockserver import vendors
from tests.contract import exceptions
from tests.contract.reach import Reach
from tests.read_vendors import read_vendor
from tests.stories.history import in_memory


@pytest.mark.parametrize("vendor", vendors.names())
def test_a_member_that_is_always_there_is_required(vendor: str) -> None:
    reach = Reach(read_vendor(vendor).contract)
    exchanges = [one for left in in_memory().values() for one in left.journal if one["vendor"] == vendor]
    assert exchanges
    for exchange in exchanges:
        if exchange["fault"] is None:
            reach.add(exchange)
    configured = {*exceptions.reasons(vendor, "optional")}
    # an exception is of one member, or of a schema whose members are all configured
    found = {
        pointer if pointer in configured else f"{pointer}/properties/{name}"
        for pointer, name in reach.always_there()
    }
    found |= {*reach.headers_always_there()}
    listed = {*exceptions.reasons(vendor, "optional")}
    assert sorted(found - listed) == [], "require them, or list them in tests/contract/exceptions"
    assert sorted(listed - found) == [], "these are required, or missing in some reply: remove them"
