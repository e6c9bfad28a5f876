"""Members and headers that every reply of the stories has are required, or listed with a reason."""

from collections.abc import Iterator

import pytest

from mockserver import vendors
from mockserver.verify import story_file
from tests.contract import exceptions
from tests.contract.reach import Reach
from tests.live_server import served
from tests.read_vendors import read_vendor
from tests.stories.environment import run_in_world


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.mark.parametrize("vendor", vendors.names())
def test_a_member_that_is_always_there_is_required(server: str, vendor: str) -> None:
    file, reach = story_file.load_stories(vendor), Reach(read_vendor(vendor).contract)
    assert file.stories
    for story in file.stories:
        _result, world = run_in_world(server, file, story)
        for exchange in world.journal(vendor=vendor):
            if exchange["fault"] is None:
                reach.add(exchange)
        world.delete()
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
