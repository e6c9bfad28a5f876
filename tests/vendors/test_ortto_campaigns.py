"""Ortto: POST /v1/campaign/get-all."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.ortto import Ortto


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def campaigns(ortto: Ortto, **query: Any) -> Any:
    return ortto.send("POST", "/v1/campaign/get-all", query)


def test_campaigns_and_their_pages(ortto: Ortto) -> None:
    (welcome,) = campaigns(ortto)["campaigns"]
    assert (welcome["name"], welcome["type"], welcome["state"]) == ("Welcome series", "journey", "on")
    assert 0 < welcome["exited"] < welcome["entered"]
    made = ortto.backstage("create_campaign", name="Win back")
    person = ortto.create("journey@test.example")
    ortto.backstage("start_campaign", campaign_id=made["id"], people=[{"person_id": person}])
    page = campaigns(ortto)
    assert [one["name"] for one in page["campaigns"]] == ["Win back", "Welcome series"]
    assert {name: value for name, value in page.items() if name != "campaigns"} == {
        "next_offset": 2,
        "has_more": False,
        "folder_id": "0" * 24,
    }
    assert (page["campaigns"][0]["entered"], page["campaigns"][0]["folder_id"]) == (1, None)
    first, second = campaigns(ortto, limit=1), campaigns(ortto, limit=1, offset=1)
    assert (first["has_more"], "offset" in first, second["offset"]) == (True, False, 1)
    assert first["campaigns"] + second["campaigns"] == page["campaigns"]
    names = [one["name"] for one in campaigns(ortto, sort="name", sort_order="asc")["campaigns"]]
    assert names == ["Welcome series", "Win back"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"type": "journey"}, 1),
        ({"types": ["email", "journey"]}, 1),
        ({"type": "sms"}, 0),
        ({"state": "on"}, 1),
        ({"state": "draft"}, 0),
        ({"q": "WELCOME"}, 1),
        ({"q": "nothing"}, 0),
        ({"campaign_ids": ["690f248595fedf82f6732cb3"]}, 0),
        ({"folder_id": "6842c82de2f490232b196392"}, 0),
        ({"offset": 9}, 0),
    ],
)
def test_campaigns_that_are_asked_for(ortto: Ortto, query: dict[str, Any], count: int) -> None:
    found = campaigns(ortto, **query)
    assert len(found["campaigns"]) == count
    assert ("next_offset" in found) is (count > 0)
    assert found["folder_id"] == query.get("folder_id", "0" * 24)


@pytest.mark.parametrize(
    ("member", "matching", "others"),
    [
        ("type", ("", "all", "journey", None), ("email", "playbook", "push", "sms", "whatsapp")),
        ("state", ("", "on", None), ("cancelled", "draft", "off", "scheduled", "sending", "sent")),
    ],
)
def test_every_type_and_state(
    ortto: Ortto, member: str, matching: tuple[Any, ...], others: tuple[str, ...]
) -> None:
    found = {value: len(campaigns(ortto, **{member: value})["campaigns"]) for value in (*matching, *others)}
    assert found == {**dict.fromkeys(matching, 1), **dict.fromkeys(others, 0)}


def test_several_types_and_the_default_order(ortto: Ortto) -> None:
    ortto.backstage("create_campaign", name="Win back")
    assert campaigns(ortto, types=["playbook", "push", "sms", "whatsapp"])["campaigns"] == []
    assert len(campaigns(ortto, types=["all"])["campaigns"]) == 2
    names = [
        [one["name"] for one in campaigns(ortto, sort="name", sort_order=order)["campaigns"]]
        for order in ("desc", "", None)
    ]
    assert names == [["Win back", "Welcome series"]] * 3
