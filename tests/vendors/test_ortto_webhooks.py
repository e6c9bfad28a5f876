"""Ortto: the webhook action of a journey, whose deliveries a test takes and answers."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mockserver.client import World
from mockserver.errors import ControlError
from mockserver.pytest_plugin import MockServer
from mockserver.vendors.ortto.webhook_logic import ATTEMPTS, DELAYS, FINAL
from tests.vendors.ortto import Ortto

URL = "https://hooks.example.com/ortto"
MANDATORY = {"contact_id", "email", "campaign_id", "campaign_name", "action_id", "action_name"}


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def run(ortto: Ortto, *emails: str, **more: Any) -> dict[str, Any]:
    """Lets people reach a webhook action of a new campaign, which is returned."""
    campaign: dict[str, Any] = ortto.backstage("create_campaign", name="Win back")
    people = [{"email": one} for one in emails]
    found = ortto.backstage("run_webhook_action", campaign_id=campaign["id"], people=people, url=URL, **more)
    assert found == {"deliveries": len(emails)}
    return campaign


def due(ortto: Ortto) -> list[dict[str, Any]]:
    return list(ortto.backstage("list_webhook_deliveries")["deliveries"])


def test_a_delivery_is_flat_json_and_in_a_fork_too(ortto: Ortto, mockserver_server: MockServer) -> None:
    ids = [ortto.create(f"{name}@test.example") for name in ("ada", "bob")]
    campaign = run(
        ortto,
        "ada@test.example",
        "bob@test.example",
        action_name="Tell the shop",
        fields=["str::email", "str::first"],
        headers={"X-Shop": "7"},
        username="u",
        password="p",
    )
    fork = mockserver_server.control.create_world(fork=ortto.world.name)
    listed = Ortto(fork).backstage("list_webhook_deliveries")["deliveries"]
    fork.delete()
    assert listed == due(ortto)
    bodies = [json.loads(one["body"]) for one in listed]
    assert [one["contact_id"] for one in bodies] == ids
    first = bodies[0]
    assert set(first) == MANDATORY | {"run_id", "str::email", "str::first"}
    assert (first["email"], first["campaign_id"], first["campaign_name"], first["action_name"]) == (
        "ada@test.example",
        campaign["id"],
        "Win back",
        "Tell the shop",
    )
    # clients recognise a repeated delivery by campaign, contact and run
    assert first["run_id"] == bodies[1]["run_id"]
    assert (listed[0]["method"], listed[0]["url"]) == ("POST", URL)
    assert listed[0]["headers"] == {
        "Content-Type": "application/json",
        "Authorization": "Basic dTpw",
        "X-Shop": "7",
    }


def test_a_get_has_its_values_in_the_query(ortto: Ortto) -> None:
    ortto.create("ada@test.example")
    campaign = run(ortto, "ada@test.example", method="GET")
    [found] = due(ortto)
    query = parse_qs(urlsplit(found["url"]).query)
    assert (found["body"], found["headers"]) == (None, {})
    assert set(query) == MANDATORY | {"run_id"}
    assert query["campaign_id"] == [campaign["id"]]


@pytest.mark.mockserver(now="2026-01-05T09:00:00Z")
def test_a_failed_delivery_is_tried_twelve_times(ortto: Ortto) -> None:
    ortto.create("ada@test.example")
    run(ortto, "ada@test.example")
    [delivery] = due(ortto)
    answer = ortto.backstage("answer_webhook_delivery", delivery_id=delivery["id"], status=500)
    assert answer == {
        "id": delivery["id"],
        "status": "pending",
        "failures": 1,
        "next_attempt_at": "2026-01-05T09:05:00Z",
    }
    assert due(ortto) == []
    with pytest.raises(ControlError) as refused:
        ortto.backstage("answer_webhook_delivery", delivery_id=delivery["id"], status=200)
    assert refused.value.problem == "delivery_not_due"
    assert (len(DELAYS), DELAYS[0], DELAYS[-1], sorted(DELAYS)) == (11, 300, 86_400, list(DELAYS))
    for delay in DELAYS:
        ortto.world.clock.advance(delay)
        assert due(ortto) == [delivery]
        answer = ortto.backstage("answer_webhook_delivery", delivery_id=delivery["id"])
    assert (answer["status"], answer["failures"], answer["next_attempt_at"]) == ("failed", ATTEMPTS, None)
    ortto.world.clock.advance(86_400 * 2)
    assert due(ortto) == []


@pytest.mark.parametrize(
    ("status", "expected"), [(204, "delivered"), *((one, "failed") for one in sorted(FINAL))]
)
def test_answers_that_end_a_delivery(ortto: Ortto, status: int, expected: str) -> None:
    ortto.create("ada@test.example")
    run(ortto, "ada@test.example")
    [delivery] = due(ortto)
    answer = ortto.backstage("answer_webhook_delivery", delivery_id=delivery["id"], status=status)
    assert (answer["status"], due(ortto)) == (expected, [])


def test_what_does_not_exist_is_refused(ortto: Ortto) -> None:
    ortto.create("ada@test.example")
    campaign = ortto.backstage("create_campaign", name="Win back")["id"]
    good: dict[str, Any] = {"campaign_id": campaign, "people": [{"email": "ada@test.example"}], "url": URL}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("run_webhook_action", "unknown_campaign", good | {"campaign_id": "0" * 24}),
        ("run_webhook_action", "unknown_person", good | {"people": [{"email": "no@test.example"}]}),
        ("run_webhook_action", "unknown_field", good | {"fields": ["str:cm:nope"]}),
        ("answer_webhook_delivery", "unknown_delivery", {"delivery_id": "0" * 24}),
    ]
    for action, problem, body in calls:
        with pytest.raises(ControlError) as raised:
            ortto.backstage(action, **body)
        assert raised.value.problem == problem
    assert due(ortto) == []
