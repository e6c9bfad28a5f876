"""The records of a world, their effects in the journal, and the differences between its states."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests

from mockserver.client import World
from mockserver.errors import ControlError
from tests.control.api import Api, refusal

EMAIL = "ann.effect@shop.example"


@pytest.fixture
def path(mockserver: World) -> str:
    return f"/worlds/{mockserver.name}"


@pytest.fixture
def fanfare(mockserver: World) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers.update(mockserver.headers("fanfare"))
        yield session


@pytest.fixture(autouse=True)
def settled(mockserver: World) -> None:
    """A state in which no jobs of the seed data are due."""
    mockserver._control.send(
        "POST", f"/worlds/{mockserver.name}/snapshots", {"name": "settled", "settle": True}
    )


def create(mockserver: World, session: requests.Session, email: str = EMAIL) -> str:
    """The id of a new consumer of Fanfare."""
    url = f"{mockserver.url('fanfare')}/api/v1/consumers"
    reply = session.post(url, json={"email": email, "fullName": "Ann Effect"}, timeout=20)
    return str(reply.json()["id"])


def test_collections_are_counted(api: Api, path: str, mockserver: World, fanfare: requests.Session) -> None:
    before = {
        one["name"]: one["count"]
        for one in api("GET", f"{path}/collections?vendor=fanfare").json()["collections"]
    }
    create(mockserver, fanfare)
    after = {
        one["name"]: one["count"]
        for one in api("GET", f"{path}/collections?vendor=fanfare").json()["collections"]
    }
    assert after["consumers"] == before["consumers"] + 1
    assert after["audiences"] == before["audiences"] > 0
    every = api("GET", f"{path}/collections").json()["collections"]
    assert {one["vendor"] for one in every} == {*mockserver.vendors}


def test_records_are_paged_in_order_of_their_ids(api: Api, path: str) -> None:
    url = f"{path}/collections/fanfare/consumers"
    whole = [one["id"] for one in api("GET", f"{url}?limit=1000").json()["records"]]
    assert whole == sorted(whole)
    paged: list[str] = []
    after: str | None = ""
    while after is not None:
        page = api("GET", f"{url}?limit=70" + (f"&after={after}" if after else "")).json()
        paged += [one["id"] for one in page["records"]]
        after = page["next"]
    assert paged == whole
    assert len(whole) > 140


def test_records_are_searched_filtered_and_sorted(
    api: Api, path: str, mockserver: World, fanfare: requests.Session
) -> None:
    id, url = create(mockserver, fanfare), f"{path}/collections/fanfare/consumers"

    def ids(**query: Any) -> list[str]:
        return [one["id"] for one in api("GET", url, params=query).json()["records"]]

    assert ids(search="ANN.EFFECT@") == [id]
    assert ids(where=f"/email={EMAIL}") == [id]
    assert ids(where=["/totalOrders=0", f"/email={EMAIL}"]) == [id]
    assert ids(where=["/totalOrders=1", f"/email={EMAIL}"]) == []
    assert ids(where="/nothing") == []
    assert ids(where=[f"/email={EMAIL}", "/phone=null"]) == [id]
    assert ids(where=[f"/email={EMAIL}", "/phone=no JSON"]) == []
    orders = [
        one["record"]["totalOrders"]
        for one in api("GET", url, params={"sort": "-/totalOrders", "limit": 20}).json()["records"]
    ]
    assert orders == sorted(orders, reverse=True)
    assert orders[0] > 0
    assert len(ids(sort="/metadata")) == len(ids(sort="/nothing")) == len(ids()), "of any type, or none"
    first = ids(sort="/email", limit=3)
    assert ids(sort="/email", limit=2, after=first[0]) == first[1:]


def test_the_members_of_an_audience(api: Api, path: str) -> None:
    url = f"{path}/collections/fanfare/members"
    some = api("GET", f"{url}?limit=1").json()["records"][0]
    audience = some["record"]["audienceId"]
    whole = [
        one["id"] for one in api("GET", url, params={"where": f"/audienceId={audience}"}).json()["records"]
    ]
    assert len(whole) > 2
    assert all(id.startswith(f"{audience}/") for id in whole)
    page = api("GET", url, params={"where": f"/audienceId={audience}", "limit": 2}).json()
    rest = api("GET", url, params={"where": f"/audienceId={audience}", "after": page["next"]}).json()
    assert [one["id"] for one in (*page["records"], *rest["records"])] == whole
    one = api("GET", f"{url}/{quote(some['id'], safe='')}").json()
    assert {(ref["pointer"], ref["collection"]) for ref in one["refers"]} == {
        ("/audienceId", "audiences"),
        ("/consumerId", "consumers"),
    }


def test_secrets_are_blanked(api: Api, path: str, mockserver: World, fanfare: requests.Session) -> None:
    url = f"{mockserver.url('fanfare')}/api/v1/webhooks"
    body = {"url": "https://shop.example/hook", "events": ["consumer.created"]}
    secret = fanfare.post(url, json=body, timeout=20).json()["secret"]
    shown = api("GET", f"{path}/collections/fanfare/webhook_endpoints")
    assert shown.json()["records"][0]["record"]["secret"] == "…"
    for place in ("diff", "journal"):
        assert secret not in api("GET", f"{path}/{place}").text


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("collections?vendor=nobody", (404, "unknown_vendor")),
        ("collections/fanfare/persons", (404, "unknown_collection")),
        ("collections/nobody/persons", (404, "unknown_vendor")),
        ("collections/fanfare/consumers/cons_1", (404, "unknown_record")),
        ("collections/fanfare/consumers?where=email", (400, "call_does_not_fit")),
        ("diff?from=nothing", (404, "unknown_snapshot")),
        ("diff?from=1", (404, "unknown_exchange")),
        ("diff?vendor=nobody", (404, "unknown_vendor")),
        ("hash?at=nothing", (404, "unknown_snapshot")),
    ],
)
def test_unknown_names_are_refused(api: Api, path: str, place: str, expected: tuple[int, str]) -> None:
    assert refusal(api("GET", f"{path}/{place}")) == expected


def test_an_exchange_says_what_the_call_changed(
    api: Api, path: str, mockserver: World, fanfare: requests.Session
) -> None:
    id = create(mockserver, fanfare)
    url = f"{mockserver.url('fanfare')}/api/v1/consumers/{id}"
    fanfare.get(url, timeout=20)
    fanfare.put(url, json={"fullName": "Ann New"}, timeout=20)
    added, read, updated = api("GET", f"{path}/journal").json()["exchanges"]
    assert added["effects"][0]["change"] == "added"
    assert added["effects"][0]["record"]["email"] == EMAIL
    assert added["effect_counts"]["fanfare.consumers"] == {"added": 1}
    assert (read["effects"], read["effect_counts"]) == ([], {})
    (effect,) = [one for one in updated["effects"] if one["collection"] == "consumers"]
    members = {one["pointer"]: one for one in effect["members"]}
    assert members["/fullName"] == {"pointer": "/fullName", "before": "Ann Effect", "after": "Ann New"}
    assert members.keys() <= {"/fullName", "/updatedAt"}


@pytest.mark.mockserver(strict=False)
def test_a_rejected_call_has_no_effects(
    api: Api, path: str, mockserver: World, fanfare: requests.Session
) -> None:
    create(mockserver, fanfare)
    create_again = f"{mockserver.url('fanfare')}/api/v1/consumers"
    assert fanfare.post(create_again, json={"email": 7}, timeout=20).status_code == 400
    assert api("GET", f"{path}/journal").json()["exchanges"][-1]["effects"] == []


def test_jobs_say_what_they_changed(api: Api, path: str, mockserver: World) -> None:
    requests.post(
        f"{mockserver.url('ortto')}/v1/audiences/get",
        json={},
        headers=mockserver.headers("ortto"),
        timeout=20,
    )
    moved = api("PUT", f"{path}/clock", {"advance": 40 * 86_400}).json()
    assert moved["jobs_run"] >= 40
    assert moved["effect_counts"]["ortto.people"]["updated"] > 0
    jobs = moved["jobs"]
    assert 0 < len(jobs) <= 50
    assert all(one["effect_counts"] for one in jobs)
    assert {change for one in jobs for effect in one["effects"] for change in [effect["change"]]} >= {
        "updated"
    }


def test_the_diff_tells_each_change_once(
    api: Api, path: str, mockserver: World, fanfare: requests.Session
) -> None:
    assert api("GET", f"{path}/diff?from=settled").json()["counts"] == {}
    id = create(mockserver, fanfare)
    mockserver.snapshot("made")
    url = f"{mockserver.url('fanfare')}/api/v1/consumers/{id}"
    fanfare.put(url, json={"fullName": "Ann Two"}, timeout=20)
    fanfare.put(url, json={"fullName": "Ann Three"}, timeout=20)
    since = api("GET", f"{path}/diff?from=made").json()
    assert since["counts"] == {"fanfare.consumers": {"updated": 1}}
    members = {one["pointer"]: one for one in since["changes"][0]["members"]}
    assert members["/fullName"] == {"pointer": "/fullName", "before": "Ann Effect", "after": "Ann Three"}
    whole = api("GET", f"{path}/diff?from=settled").json()
    assert whole["counts"]["fanfare.consumers"] == {"added": 1}
    assert api("GET", f"{path}/diff?from=settled&limit=1").json()["more"] == len(whole["changes"]) - 1
    assert api("GET", f"{path}/diff?vendor=ortto").json()["counts"] == {}
    fanfare.delete(url, timeout=20)
    backwards = api("GET", f"{path}/diff?from=now&to=made").json()
    assert backwards["counts"]["fanfare.consumers"] == {"added": 1}
    assert "fanfare.consumers" not in api("GET", f"{path}/diff?from=settled").json()["counts"]


def test_the_hash_is_that_of_the_state(
    api: Api, path: str, mockserver: World, fanfare: requests.Session
) -> None:
    start = api("GET", f"{path}/hash").json()
    assert start == api("GET", f"{path}/hash?at=settled").json() != api("GET", f"{path}/hash?at=start").json()
    id = create(mockserver, fanfare)
    mockserver.snapshot("made")
    made = api("GET", f"{path}/hash").json()
    assert made["hash"] != start["hash"]
    assert {one for one in made["vendors"] if made["vendors"][one] != start["vendors"][one]} == {"fanfare"}
    fanfare.delete(f"{mockserver.url('fanfare')}/api/v1/consumers/{id}", timeout=20)
    assert api("GET", f"{path}/hash").json() == start
    assert api("GET", f"{path}/hash?at=made").json() == made


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"only": {"added": {"fanfare.consumers": 1, "fanfare.members": {"at_least": 1}}}}, None),
        ({"none": ["ortto", "fanfare.audiences"]}, None),
        ({"only": {"added": {"fanfare.consumers": 1}}}, "not expected:\n  fanfare.members aud_"),
        (
            {"only": {"added": {"fanfare.consumers": 2, "fanfare.members": {"at_least": 0}}}},
            "expected 2 added in fanfare.consumers, found 1",
        ),
        (
            {"only": {"added": {"fanfare.consumers": {"at_most": 0}, "fanfare.members": {"at_least": 0}}}},
            "expected 0 added in fanfare.consumers, found 1",
        ),
        (
            {"none": ["fanfare.consumers"]},
            "expected no change of fanfare.consumers:\n  fanfare.consumers cons_",
        ),
        ({"none": ["fanfare"]}, "expected no change of fanfare:\n  fanfare.consumers cons_"),
    ],
)
def test_a_diff_is_judged(
    api: Api, path: str, mockserver: World, fanfare: requests.Session, wanted: Any, message: str | None
) -> None:
    create(mockserver, fanfare)
    verdict = api("POST", f"{path}/diff/assert", {"from": "settled", **wanted}).json()
    assert verdict["passed"] is (message is None)
    assert (verdict["message"] or "").startswith(message or "")


def test_a_verdict_on_an_unknown_name_is_refused(api: Api, path: str) -> None:
    wrong = api("POST", f"{path}/diff/assert", {"only": {"added": {"fanfare.person": 1}}})
    assert refusal(wrong) == (404, "unknown_collection")
    assert refusal(api("POST", f"{path}/diff/assert", {"none": ["nobody"]})) == (404, "unknown_vendor")


def test_a_past_that_is_not_known_whole_cannot_be_compared(
    api: Api, path: str, mockserver: World, fanfare: requests.Session
) -> None:
    create(mockserver, fanfare)
    newest = mockserver.journal.newest()
    assert api("GET", f"{path}/diff?from={newest}").json()["counts"] == {}
    assert api("POST", f"{path}/diff/assert", {"from": str(newest), "none": ["fanfare"]}).json()["passed"]
    assert refusal(api("GET", f"{path}/diff?from={newest + 1}")) == (404, "unknown_exchange")
    api("POST", f"{path}/snapshots", {"name": str(newest + 1)})
    assert api("GET", f"{path}/diff?from={newest + 1}").json()["counts"] == {}, "a snapshot's name goes first"
    api("DELETE", f"{path}/snapshots/{newest + 1}")
    api("DELETE", f"{path}/journal")
    create(mockserver, fanfare, "bob.effect@shop.example")
    assert refusal(api("GET", f"{path}/diff?from={newest + 1}&to={newest + 2}")) == (404, "unknown_exchange")
    wrong = api("GET", f"{path}/diff?from={mockserver.journal.newest()}")
    assert refusal(wrong) == (400, "unfit_capsule")
    assert "its journal was cleared" in wrong.json()["message"]


def test_a_snapshot_of_another_start_cannot_be_compared(api: Api, path: str, name: str) -> None:
    api("POST", "/worlds", {"name": name, "seed": 7})
    api("POST", f"/worlds/{name}/snapshots", {"name": "foreign"})
    file = api("GET", f"/worlds/{name}/snapshots/foreign/file").content
    headers = {"Content-Type": "application/zip"}
    url = f"{api.url}/_mock{path}/snapshots/foreign/file"
    assert api.session.put(url, data=file, headers=headers, timeout=20).status_code < 300
    for place in ("diff?from=foreign", "hash?at=foreign"):
        assert refusal(api("GET", f"{path}/{place}")) == (409, "other_start")
    assert refusal(api("POST", f"{path}/diff/assert", {"from": "foreign"})) == (409, "other_start")


def test_actions_are_listed_between_the_exchanges(
    api: Api, path: str, mockserver: World, fanfare: requests.Session
) -> None:
    create(mockserver, fanfare)
    criteria = {"$and": [{"$and": [{"$str::is": {"field_id": "str:cm:label", "value": "VIP"}}]}]}
    mockserver.backstage("ortto", "create_audience", name="Acted", filter=criteria)
    mockserver.clock.advance(days=2)
    mockserver.jobs.run()
    settled = mockserver.actions()[0]  # the autouse fixture's snapshot
    page = api("GET", f"{path}/actions?after={settled['number']}&limit=2").json()
    made, moved = page["actions"]
    assert (made["operation"], made["vendor"], made["after"]) == ("create_audience", "ortto", 1)
    assert made["effect_counts"] == {"ortto.audiences": {"added": 1}}
    assert made["effects"][0]["record"]["name"] == "Acted"
    assert (moved["operation"], moved["vendor"]) == ("set_clock", None)
    assert json.loads(moved["arguments"]) == {"advance": 172_800}
    assert moved["jobs_run"] >= len(moved["jobs"]) > 0
    rest = api("GET", f"{path}/actions?after={page['next']}").json()
    assert [one["operation"] for one in rest["actions"]] == ["run_jobs"]
    assert rest["next"] is None
    assert [one["number"] for one in mockserver.actions()] == [1, 2, 3, 4]
    mockserver.reset()
    assert mockserver.actions() == []


@pytest.mark.mockserver(strict=False)
def test_a_refused_action_is_not_listed(mockserver: World) -> None:
    with pytest.raises(ControlError):
        mockserver.backstage("ortto", "create_audience", name=7)
    assert [one["operation"] for one in mockserver.actions()] == ["create_snapshot"]
