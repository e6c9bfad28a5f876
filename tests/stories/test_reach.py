"""Together the stories of a vendor reach every operation and every problem that calls alone can reach."""

from collections.abc import Iterator

import pytest

from mockserver import vendors
from mockserver.verify import story_file
from tests.live_server import served
from tests.stories.environment import perform

BEYOND_CALLS = {
    # problems that no sequence of calls speaks, and who does
    ("digitalaudience", "internal_error"): "the vendor's own failure: only a fault speaks it",
    ("ortto", "forbidden"): "an expired account: only a fault speaks it",
    ("spotler", "nonce_used"): "takes one good signature twice, and Arazzo has no word for a signature",
    ("spotler", "too_many_contact_ids"): "takes 2,501 ids in a body: the vendor's own tests send them",
    (
        "voyado",
        "user_agent_missing",
    ): "whoever plays stories sends a User-Agent; the vendor's own tests do not",
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.mark.parametrize("vendor", vendors.names())
def test_reach(server: str, vendor: str) -> None:
    book, contract = story_file.of(vendor), vendors.find(vendor).contract
    kept: set[str] = set()
    refused: set[str] = set()
    for story in book.stories:
        _played, world = perform(server, book, story)
        for exchange in world.journal(vendor=vendor):
            if exchange["problem"]:
                refused.add(exchange["problem"])
            elif exchange["operation"]:
                kept.add(exchange["operation"])
        world.delete()
    assert set(contract.operations) - kept == set(), "no story has a good call of these operations"
    beyond = {problem for name, problem in BEYOND_CALLS if name == vendor}
    assert set(contract.problems) - refused == beyond, (
        "these problems no story reaches, or these it does reach"
    )
