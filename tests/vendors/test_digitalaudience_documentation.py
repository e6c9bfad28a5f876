"""DigitalAudience: the documentation of audiences, checked field by field.

What it leaves open, and the decision: the form of a failure (its status repeated in the envelope, or always
200); how DELETE takes the id (query string, body or path); the response of an update (the audience); whether
dataSet and matchRates belong to a history entry (they do, by type); the ids of states that it names but does
not number (counted from 0, in the order in which segments count them).
"""

from typing import Any

import pytest
import yaml

from mockserver.client import World
from tests.vendors.digitalaudience import ACTIVATION, TIMESTAMP, DigitalAudience

# field: type, "or null" where the documentation allows null
FIELDS = yaml.safe_load("""
userId: int
id: int
name: str
description: str or null
campaignId: int
campaignName: str
created: moment
updated: moment
startDate: date or null
endDate: date or null
dataUpdated: moment or null
activationStatus: str
activationStatusId: int
lifetimeStatus: str or null
lifetimeStatusId: int or null
audienceState: str
audienceStateId: int
type: str
typeId: int
sourceAudienceId: int or null
sourceAudienceTypeId: int or null
canCreateLookalike: bool
hasSegments: bool
tagCollection: list or null
crmData: dict or null
""")
CRM_DATA = {"insightsState": "str", "insightsStateId": "int", "size": "int", "history": "dict"}
EVENT = {"audienceId": "int", "mode": "str", "totalRows": "int", "created": "moment"}
EVENT |= {"dataSet": "dict", "matchRates": "dict"}
COUNTERS = ["TOTAL", "UNIQUE", "MATCH", "UMATCH", "NOMATCH"]
TYPES = ["EMAIL", "PHONE", "POSTALADDRESS", "SECURITYNUMBER", "AAID"]
FILE = "email,phone,address_sha256,personal id,aaid\n{0}@mail.com,061234567{0},{1},19900101-001{0},{0}\n"
NEW = {
    "dataUpdated": None,
    "startDate": None,
    "endDate": None,
    "activationStatus": "New",
    "activationStatusId": 0,
    "lifetimeStatus": None,
    "lifetimeStatusId": None,
    "tagCollection": None,
    "crmData": None,
    "audienceState": "NODATA",
    "audienceStateId": 5,
    "type": "ONBOARDING",
    "typeId": 0,
    "sourceAudienceId": None,
    "sourceAudienceTypeId": None,
    "canCreateLookalike": False,
    "hasSegments": False,
}


@pytest.fixture
def vendor(mockserver: World) -> DigitalAudience:
    return DigitalAudience(mockserver)


def has_type(value: Any, kind: str) -> bool:
    if kind.endswith(" or null"):
        return value is None or has_type(value, kind.removesuffix(" or null"))
    if kind == "moment":
        return isinstance(value, str) and TIMESTAMP.fullmatch(value) is not None
    if kind == "date":
        return isinstance(value, str) and value.endswith("Z")
    return type(value).__name__ == kind


def assert_fields(value: dict[str, Any], fields: dict[str, str]) -> None:
    assert set(value) == set(fields)
    for name, kind in fields.items():
        assert has_type(value[name], kind), f"{name} is {value[name]!r} and should be {kind}"


def test_documented_request_gets_the_documented_response(vendor: DigitalAudience) -> None:
    campaign = vendor.campaign("audience campaign")
    body = {"name": "testfhdfhdfh", "description": "audience description", "campaignId": campaign}
    made = vendor.send("POST", "/audience/create/api/audience/createcrmaudience", body)
    assert_fields(made, FIELDS)
    own = {"campaignName": "audience campaign", "userId": made["userId"], "id": made["id"]}
    assert made == {**NEW, **body, **own, "created": made["created"], "updated": made["created"]}


def test_loaded_audience_has_every_documented_field(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    vendor.activate(id)
    rows = FILE.format(1, "0" * 64)
    audience = vendor.onboard(id, rows)
    assert_fields(audience, FIELDS)
    crm = audience["crmData"]
    assert_fields(crm, CRM_DATA)
    assert set(crm["history"]) == {"totalEvents", "history"}
    ((day, event),) = crm["history"]["history"].items()
    assert event["created"].startswith(day[:10])
    assert_fields(event, EVENT)
    assert sorted(event["dataSet"]) == sorted(event["matchRates"]) == sorted(TYPES)
    for counters in event["dataSet"].values():
        assert list(counters) == COUNTERS
        assert all(type(count) is int for count in counters.values())
    assert all(0 <= rate <= 1 for rate in event["matchRates"].values())


def test_update_activate_and_delete_reply_as_documented(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    changed = vendor.send(
        "POST", "/audience/update", {"id": str(id), "name": "Changed", "description": "why"}
    )
    assert (changed["name"], changed["description"]) == ("Changed", "why")
    activation = {"audienceId": id, "accountId": vendor.account(), **ACTIVATION}
    done = vendor.send("POST", "/audience/activate", activation)
    assert list(done) == ["flowId", "segmentId"]
    assert has_type(done["flowId"], "str")
    assert has_type(done["segmentId"], "int")
    assert vendor.send("DELETE", f"/audience/delete?audienceId={id}") is True


@pytest.mark.parametrize("field", ["audienceId", "accountId", *ACTIVATION])
def test_all_fields_of_an_activation_are_required(vendor: DigitalAudience, field: str) -> None:
    body = {"audienceId": vendor.create()["id"], "accountId": vendor.account(), **ACTIVATION}
    del body[field]
    assert vendor.failure("POST", "/audience/activate", body) == (400, f"{field} is required")


@pytest.mark.parametrize("path", ["/audience/createcrmaudience", "/audience/update"])
def test_only_the_description_is_optional(vendor: DigitalAudience, path: str) -> None:
    made = vendor.create()
    key = {"campaignId": made["campaignId"]} if path.endswith("crmaudience") else {"id": made["id"]}
    assert vendor.send("POST", path, {"name": "People", **key})["description"] is None
    for field in ("name", *key):
        body = {"name": "People", "description": "", **key}
        del body[field]
        assert vendor.failure("POST", path, body) == (400, f"{field} is required")
