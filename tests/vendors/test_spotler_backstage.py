"""Spotler: backstage actions, and the mailings and filters that prevent deletion."""

from typing import Any

import pytest

from mockserver.client import ControlError, World
from tests.vendors.spotler import Spotler

IN_USE = {"errorType": "INVALID_STATE", "message": "Cannot delete audience, as it's in use"}
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    mockserver.clock.freeze()
    return Spotler(mockserver)


def test_an_audience_of_a_scheduled_mailing_is_not_deleted_until_it_is_sent(spotler: Spotler) -> None:
    spotler.create("ours")
    spotler.backstage("schedule_mailing", audience="ours", at="2026-01-05T10:00:00Z")
    assert spotler.fail(417, "DELETE", "/audience/ours") == IN_USE
    spotler.world.clock.set("2026-01-05T09:59:59Z")
    assert spotler.fail(417, "DELETE", "/audience/ours") == IN_USE
    spotler.world.clock.set("2026-01-05T10:00:00Z")
    spotler.succeed("DELETE", "/audience/ours")


def test_an_audience_of_an_automailer_is_not_deleted_until_it_has_sent(spotler: Spotler) -> None:
    spotler.create("ours")
    mailing = spotler.backstage("schedule_mailing", audience="ours", at="2026-01-05T10:00:00Z", name="News")
    seen = spotler.backstage("set_automailer", mailing=mailing["id"], until="2026-01-07T10:00:00Z")
    assert seen == {**mailing, "automailer": "2026-01-07T10:00:00Z"}
    spotler.world.clock.set("2026-01-06T10:00:00Z")
    assert spotler.fail(417, "DELETE", "/audience/ours") == IN_USE
    assert spotler.backstage("remove_automailer", mailing=mailing["id"]) == mailing
    spotler.succeed("DELETE", "/audience/ours")
    spotler.create("ours")
    mailing = spotler.backstage("schedule_mailing", audience="ours", at="2026-01-07T10:00:00Z")
    spotler.backstage("set_automailer", mailing=mailing["id"], until="2026-01-08T10:00:00Z")
    spotler.world.clock.set("2026-01-08T10:00:00Z")
    spotler.succeed("DELETE", "/audience/ours")


def test_an_audience_can_be_deleted_after_its_mailing(spotler: Spotler) -> None:
    spotler.create("ours")
    mailing = spotler.backstage("schedule_mailing", audience="ours", at="2026-02-01T00:00:00Z")
    spotler.backstage("set_automailer", mailing=mailing["id"], until="2026-03-01T00:00:00Z")
    assert spotler.backstage("remove_mailing", id=mailing["id"]) == {"removed": True}
    spotler.succeed("DELETE", "/audience/ours")


@pytest.mark.parametrize("kind", ["campaign", "automation"])
def test_a_filtered_audience_is_not_deleted_until_the_filter_is_removed(spotler: Spotler, kind: str) -> None:
    spotler.create("ours")
    other = "automation" if kind == "campaign" else "campaign"
    one = spotler.backstage(f"add_{kind}_filter", audience="ours", name="Welcome")
    assert one == {"id": one["id"], "name": "Welcome", "audience": "ours", "until": None}
    two = spotler.backstage(f"add_{kind}_filter", audience="ours", until="2026-01-06T00:00:00Z")
    spotler.world.clock.advance(days=400)
    assert spotler.fail(417, "DELETE", "/audience/ours") == IN_USE
    with pytest.raises(ControlError, match="unknown filter"):
        spotler.backstage(f"remove_{other}_filter", id=one["id"])
    spotler.backstage(f"remove_{kind}_filter", id=one["id"])
    spotler.succeed("DELETE", "/audience/ours")
    assert two["until"] == "2026-01-06T00:00:00Z"


def test_references_of_a_deleted_audience_do_not_apply_to_a_new_one(spotler: Spotler) -> None:
    spotler.create("ours")
    spotler.backstage("schedule_mailing", audience="ours", at="2026-01-05T09:00:01Z")
    spotler.world.clock.advance(seconds=1)
    spotler.succeed("DELETE", "/audience/ours")
    spotler.create("ours")
    spotler.world.clock.set("2026-01-05T09:00:00Z")  # the mailing would prevent it again
    spotler.succeed("DELETE", "/audience/ours")


@pytest.mark.parametrize(
    ("action", "body", "problem"),
    [
        ("schedule_mailing", {"audience": "nope", "at": "2099-01-01T00:00:00Z"}, "unknown_audience"),
        (
            "schedule_mailing",
            {"temporaryList": "nope", "at": "2099-01-01T00:00:00Z"},
            "unknown_temporary_list",
        ),
        ("schedule_mailing", {"at": "2099-01-01T00:00:00Z"}, "call_does_not_fit"),
        ("schedule_mailing", {"audience": "ours", "at": "2026-01-05T09:00:00Z"}, "moment_passed"),
        ("remove_mailing", {"id": "nope"}, "unknown_mailing"),
        ("set_automailer", {"mailing": "nope", "until": "2099-01-01T00:00:00Z"}, "unknown_mailing"),
        ("remove_automailer", {"mailing": "nope"}, "unknown_mailing"),
        ("add_campaign_filter", {"audience": "nope"}, "unknown_audience"),
        ("add_campaign_filter", {"audience": "ours", "until": "2020-01-01T00:00:00Z"}, "moment_passed"),
        ("add_automation_filter", {"audience": "nope"}, "unknown_audience"),
        ("remove_campaign_filter", {"id": "nope"}, "unknown_filter"),
        ("remove_automation_filter", {"id": "nope"}, "unknown_filter"),
        ("set_product", {"product": "FREE"}, "call_does_not_fit"),
        ("set_limits", {}, "call_does_not_fit"),
        ("list_members", {"audience": "nope"}, "unknown_audience"),
    ],
)
def test_backstage_errors(spotler: Spotler, action: str, body: dict[str, Any], problem: str) -> None:
    spotler.create("ours")
    with pytest.raises(ControlError) as raised:
        spotler.backstage(action, **body)
    assert raised.value.problem == problem


def test_an_automailer_sends_after_its_mailing(spotler: Spotler) -> None:
    spotler.create("ours")
    mailing = spotler.backstage("schedule_mailing", audience="ours", at="2026-01-06T00:00:00Z")
    with pytest.raises(ControlError) as raised:
        spotler.backstage("set_automailer", mailing=mailing["id"], until="2026-01-06T00:00:00Z")
    assert raised.value.problem == "moment_passed"
