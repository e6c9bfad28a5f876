"""The rules of conduct find nothing in our own stories that is not meant."""

from mockserver import vendors
from mockserver.conduct.report import judge
from tests.read_vendors import read_vendor
from tests.stories.history import in_memory

EXPLAINED = {
    ("digitalaudience", "left-before-the-end"): "the story shows an upload under way",
    ("digitalaudience", "sent-plain-identifiers"): "the story shows that the vendor takes them, too",
    ("fanfare", "never-asked-after"): "the stories show the replies to what begins work",
    ("fanfare", "stopped-before-the-end"): "the story shows a cursor, not a list",
    ("ortto", "created-without-consent"): "the people of the stories are to be sent nothing",
    ("ortto", "pages-are-small"): "the story shows pages, of which small ones are enough",
    ("ortto", "stopped-before-the-end"): "the story shows a cursor, not a list",
    ("spotler", "created-without-consent"): "the contacts of the stories are to be sent nothing",
    ("spotler", "kept-calling-unauthorized"): "the story shows each way to be unauthorized",
    ("spotler", "mailed-without-consent"): "the stories show what a campaign does, not whom it is for",
    ("spotler", "signed-with-a-wrong-clock"): "the story shows a signature that is too old",
    ("spotler", "sent-unchanged-updates"): "the story shows that a repeated update is accepted",
    ("voyado", "created-without-consent"): "the contacts of the stories are to be sent nothing",
    ("voyado", "left-before-the-end"): "the stories show a batch and a job under way",
    ("voyado", "never-asked-after"): "the stories show the replies to what begins work",
    ("voyado", "no-user-agent"): "the stories are played without an HTTP client here",
    ("voyado", "sent-unchanged-updates"): "the story shows that a repeated update is accepted",
}


def test_every_finding_in_a_story_is_explained() -> None:
    contracts = {name: read_vendor(name).contract for name in vendors.names()}
    found = {
        (one["vendor"], one["rule"])
        for left in in_memory().values()
        for one in judge(left.journal, contracts)
    }
    assert found == EXPLAINED.keys()
