"""Calls that the server makes for its caller: single ones, and the steps of stories."""

from typing import Any

import pytest

from mockserver import vendors
from mockserver.client import World
from tests.control.api import Api, refusal

READS = {
    "digitalaudience": ("GET", "/audience/loadaudiences"),
    "fanfare": ("GET", "/api/v1/audiences"),
    "ortto": ("POST", "/v1/audiences/get"),
    "spotler": ("GET", "/integrationservice/contact/properties/list"),
    "voyado": ("GET", "/api/v3/target-audiences"),
}


def send(api: Api, world: World, vendor: str, **more: Any) -> dict[str, Any]:
    method, path = READS[vendor]
    body = {"vendor": vendor, "method": method, "path": path, **({"body": "{}"} if method == "POST" else {})}
    reply = api("POST", f"/worlds/{world.name}/calls", {**body, **more})
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


@pytest.mark.parametrize("vendor", READS)
def test_a_call_is_authenticated_and_journalled(api: Api, mockserver: World, vendor: str) -> None:
    sent = send(api, mockserver, vendor)
    assert (sent["vendor"], sent["reply"]["status"], sent["flaw"]) == (vendor, 200, None)
    listed = api("GET", f"/worlds/{mockserver.name}/journal?since={sent['number']}").json()["exchanges"]
    assert listed == [sent]


@pytest.mark.mockserver(strict=False)
@pytest.mark.parametrize("vendor", READS)
def test_a_call_without_authentication_is_refused_by_the_vendor(
    api: Api, mockserver: World, vendor: str
) -> None:
    assert send(api, mockserver, vendor, authenticate=False)["reply"]["status"] in (401, 403)


def test_headers_replace_those_of_the_server(api: Api, mockserver: World) -> None:
    sent = send(api, mockserver, "voyado", headers={"APIKEY": "nobody", "X-Mine": "1"}, query="a=%C3%A5")
    assert sent["reply"]["status"] == 401
    assert sent["call"]["headers"]["x-mine"] == "1"
    assert sent["call"]["url"].endswith("?a=%C3%A5")


@pytest.mark.mockserver(strict=False)
def test_a_path_with_two_slashes_is_sent_as_it_is(api: Api, mockserver: World) -> None:
    body = {"vendor": "voyado", "method": "GET", "path": "//api/v3/target-audiences", "query": "a=?"}
    sent = api("POST", f"/worlds/{mockserver.name}/calls", body).json()
    assert sent["call"]["path"] == "//api/v3/target-audiences"
    assert sent["call"]["url"].endswith("/voyado//api/v3/target-audiences?a=?")


def test_faults_strike_the_call(api: Api, mockserver: World) -> None:
    mockserver.faults.add("fanfare", None, "drop_after")
    assert send(api, mockserver, "fanfare")["fault"]["kind"] == "drop_after"
    mockserver.faults.add("digitalaudience", None, "drop_before")
    world = f"/worlds/{mockserver.name}"
    method, path = READS["digitalaudience"]
    body = {"vendor": "digitalaudience", "method": method, "path": path}
    assert refusal(api("POST", f"{world}/calls", body)) == (400, "unfit_call")


def test_calls_that_cannot_be_sent_are_refused(api: Api, mockserver: World) -> None:
    url = f"/worlds/{mockserver.name}/calls"
    call = {"vendor": "ortto", "method": "GET", "path": "/"}
    assert refusal(api("POST", url, {**call, "vendor": "none"})) == (404, "unknown_vendor")
    assert refusal(api("POST", url, {**call, "path": "none"})) == (400, "call_does_not_fit")
    assert refusal(api("POST", url, {**call, "headers": {"a\n": ""}})) == (400, "call_does_not_fit")
    assert refusal(api("POST", url)) == (400, "body_missing")
    assert refusal(api("POST", url, data="{")) in ((400, "body_malformed"), (415, "media_type_unsupported"))
    assert refusal(api("POST", "/worlds/none/calls", call)) == (404, "unknown_world")


@pytest.mark.mockserver(strict=False)
@pytest.mark.parametrize("vendor", vendors.names())
def test_a_story_is_played_step_by_step(api: Api, mockserver: World, vendor: str) -> None:
    stories = api("GET", f"/vendors/{vendor}/stories").json()["stories"]
    assert len(stories) > 5
    # The one with most kinds of calls: also to this API.
    story = max(stories, key=lambda one: len({step["source"] for step in one["steps"]}))
    outputs: dict[str, Any] = {}
    for step in story["steps"]:
        url = f"/worlds/{mockserver.name}/stories/{vendor}/{story['name']}/{step['name']}"
        played = api("POST", url, {"outputs": outputs}).json()
        assert played["findings"] == [], step
        assert (played["exchange"] is None) == (step["source"] == "control")
        outputs[played["step"]] = played["outputs"]
    assert len(outputs) == len(story["steps"])


@pytest.mark.mockserver(strict=False)
def test_a_step_without_the_outputs_before_it_says_so(api: Api, mockserver: World) -> None:
    world = f"/worlds/{mockserver.name}/stories"
    url = f"{world}/fanfare/dynamic_audience_gains_a_member"
    played = api("POST", f"{url}/calculating").json()
    assert "$steps.create.outputs.audienceId" in played["findings"][0]
    assert (played["call"], played["reply"], played["exchange"]) == (None, None, None)
    mockserver.faults.add("fanfare", None, "drop_before")
    assert "fault" in api("POST", f"{url}/create").json()["findings"][0]
    assert refusal(api("POST", f"{url}/none")) == (404, "unknown_step")
    assert refusal(api("POST", f"{world}/fanfare/none/create")) == (404, "unknown_story")
    assert refusal(api("POST", f"{world}/none/none/create")) == (404, "unknown_vendor")
    assert refusal(api("POST", "/worlds/none/stories/fanfare/none/create")) == (404, "unknown_world")
    assert refusal(api("POST", f"{url}/create", {"outputs": 1})) == (400, "call_does_not_fit")
    assert refusal(api("GET", "/vendors/none/stories")) == (404, "unknown_vendor")
