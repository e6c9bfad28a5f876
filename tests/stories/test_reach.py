"""The stories of a vendor cover every operation, and every problem that calls alone can produce."""

from collections.abc import Iterator

import pytest

from mockserver import vendors
from mockserver.verify import story_file
from tests.live_server import served
from tests.stories.environment import run_in_world

BEYOND_CALLS = {
    # problems that no story can produce, and what does
    ("digitalaudience", "internal_error"): "internal failure: only a fault produces it",
    ("ortto", "forbidden"): "expired account: only a fault produces it",
    ("ortto", "too_many_fields"): "needs a hundred custom fields: the vendor's tests create them",
    ("spotler", "nonce_used"): "needs the same signature twice, which Arazzo cannot express",
    ("spotler", "too_many_contact_ids"): "needs 2,501 ids in a body: the vendor's tests send them",
    (
        "voyado",
        "user_agent_missing",
    ): "story runners send a User-Agent; the vendor's tests do not",
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.mark.parametrize("vendor", vendors.names())
def test_stories_cover_operations_and_problems(server: str, vendor: str) -> None:
    file, contract = story_file.load_stories(vendor), vendors.find(vendor).contract
    called: set[str] = set()
    failed: set[str] = set()
    for story in file.stories:
        _result, world = run_in_world(server, file, story)
        for exchange in world.journal(vendor=vendor):
            if exchange["problem"]:
                failed.add(exchange["problem"])
            elif exchange["operation"]:
                called.add(exchange["operation"])
        world.delete()
    assert set(contract.operations) - called == set(), "no story has a successful call of these operations"
    beyond = {problem for name, problem in BEYOND_CALLS if name == vendor}
    assert set(contract.problems) - failed == beyond, (
        "problems without a story, or listed above although a story has them"
    )
