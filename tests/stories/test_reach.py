"""The stories of a vendor cover every operation, and every problem that calls alone can produce.

What each story reaches is committed as evidence, so that none reaches less unnoticed.
"""

import pytest

from mockserver import vendors
from mockserver.cli.proof import compare_stories
from mockserver.verify.evidence import read_evidence
from tests.house.proof_page import proven
from tests.read_vendors import read_vendor
from tests.stories.verified import verified

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


@pytest.mark.parametrize("vendor", vendors.names())
def test_stories_cover_operations_and_problems(vendor: str) -> None:
    contract, played = read_vendor(vendor).contract, verified(vendor).evidence
    assert set(contract.operations) - set(played["operations"]) == set(), (
        "no story has a successful call of these operations"
    )
    beyond = {problem for name, problem in BEYOND_CALLS if name == vendor}
    assert set(contract.problems) - set(played["problems"]) == beyond, (
        "problems without a story, or listed above although a story has them"
    )
    differing = compare_stories(read_evidence(vendor), played) if vendor in proven() else []
    assert differing == [], f"run `mockserver proof {vendor} --update`"
