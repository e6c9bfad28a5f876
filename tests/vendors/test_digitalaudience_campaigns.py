"""DigitalAudience: campaigns that are renamed and deleted, and what their audiences show of it."""

import pytest

from mockserver.client import World
from tests.vendors.digitalaudience import UNKNOWN_ID, DigitalAudience

pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00.123456Z")


@pytest.fixture
def vendor(mockserver: World) -> DigitalAudience:
    return DigitalAudience(mockserver)


def test_audiences_have_the_new_name_at_once(vendor: DigitalAudience) -> None:
    made = vendor.send("POST", "/campaign/createcampaign", {"name": "Old", "description": "why"})
    first, second = (vendor.create(campaignId=made["id"]) for _ in range(2))
    renamed = vendor.send("POST", "/campaign/update", {"id": str(made["id"]), "name": " New "})
    assert renamed == {**made, "name": "New", "updated": renamed["updated"]}
    assert renamed["updated"] > made["updated"]
    assert vendor.send("GET", f"/campaign/loadcampaignbyid/{made['id']}") == renamed
    assert renamed in vendor.send("GET", "/campaign/loadcampaigns")
    for audience in (first, second):
        assert vendor.load(audience["id"]) == {**audience, "campaignName": "New"}
    listed = [one for one in vendor.audiences() if one["campaignId"] == made["id"]]
    assert [one["campaignName"] for one in listed] == ["New", "New"]


def test_a_description_is_replaced_or_removed(vendor: DigitalAudience) -> None:
    id = vendor.campaign()
    for description in ("first", None):
        body = {"id": id, "name": "Same", "description": description}
        assert vendor.send("POST", "/campaign/update", body)["description"] == description
        assert vendor.send("GET", f"/campaign/loadcampaignbyid/{id}")["description"] == description


def test_a_campaign_is_deleted_when_it_has_no_audiences(vendor: DigitalAudience) -> None:
    id = vendor.campaign()
    audience = vendor.create(campaignId=id)
    refused = (400, f"Campaign {id} has audiences")
    assert vendor.failure("DELETE", f"/campaign/delete?campaignId={id}") == refused
    assert vendor.load(audience["id"]) == audience
    vendor.send("DELETE", f"/audience/delete/{audience['id']}")
    assert vendor.send("DELETE", f"/campaign/delete?campaignId={id}") is True
    not_found = (404, f"Campaign {id} not found")
    assert vendor.failure("GET", f"/campaign/loadcampaignbyid/{id}") == not_found
    assert vendor.failure("DELETE", f"/campaign/delete?campaignId={id}") == not_found
    assert vendor.failure("POST", "/campaign/update", {"id": id, "name": "x"}) == not_found
    assert vendor.failure("POST", "/audience/createcrmaudience", {"name": "x", "campaignId": id}) == not_found
    assert id not in [one["id"] for one in vendor.send("GET", "/campaign/loadcampaigns")]


def test_campaigns_of_another_organisation_are_not_found(vendor: DigitalAudience) -> None:
    id = vendor.campaign()
    before, other = vendor.send("GET", f"/campaign/loadcampaignbyid/{id}"), vendor.other_organisation()
    not_found = (404, f"Campaign {id} not found")
    assert other.failure("POST", "/campaign/update", {"id": id, "name": "Mine"}) == not_found
    assert other.failure("DELETE", f"/campaign/delete?campaignId={id}") == not_found
    assert vendor.send("GET", f"/campaign/loadcampaignbyid/{id}") == before
    assert vendor.failure("DELETE", f"/campaign/delete?campaignId={UNKNOWN_ID}")[0] == 404
