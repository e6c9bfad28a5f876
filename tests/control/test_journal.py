"""The journal of a running server: secrets are redacted, and errors are recorded."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client

from mockserver.app import Application, create_app
from mockserver.client import exchange_format
from mockserver.state.scenario import load_scenario


@pytest.fixture
def app() -> Iterator[Application]:
    app = create_app(load_scenario("empty"))
    yield app
    app.context.worlds.store.close()


@pytest.fixture
def client(app: Application) -> Client:
    return Client(app)


def journal(client: Client, query: str = "") -> str:
    """The text of the journal's reply."""
    reply = client.get(f"/_mock/worlds/default/journal{query}")
    assert reply.status_code == 200, reply.text
    return reply.text


@pytest.mark.parametrize(
    ("sent", "content_type"),
    [
        (json.dumps({"userName": "demo@mockserver.test", "password": "mockserver"}), "application/json"),
        (json.dumps({"userName": "demo@mockserver.test", "passwrod": "mockserver"}), "application/json"),
        (json.dumps({"userName": 1, "password": ["mockserver"]}), "application/json"),
        ("userName=demo%40mockserver.test&password=mockserver", "application/x-www-form-urlencoded"),
        ('{"password": "mockserver"', "application/json"),
    ],
)
def test_the_password_of_a_login_is_redacted(client: Client, sent: str, content_type: str) -> None:
    client.post("/digitalaudience/account/login", data=sent, content_type=content_type)
    shown = json.loads(journal(client))["exchanges"][0]
    assert "mockserver" not in json.dumps(
        [shown["call"]["body"], shown["reply"], shown["violations"]]
    ).replace("mockserver.test", "")


def test_the_signature_of_an_upload_is_redacted(client: Client) -> None:
    signature = "f" * 64
    query = f"X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-Signature={signature}"
    client.put(f"/fanfare/_uploads/imports/o/a/f.csv?{query}", data="email\n", content_type="text/csv")
    assert signature not in journal(client)
    assert "X-Amz-Date=20260101T000000Z" in journal(client)


def test_a_signature_in_the_query_is_redacted(client: Client) -> None:
    client.get("/spotler/integrationservice/contact/1?oauth_signature=c2VjcmV0&oauth_nonce=1&page=2")
    assert "c2VjcmV0" not in journal(client)
    assert "page=2" in journal(client)


def called(client: Client) -> None:
    """A valid call, a rejected one and two unknown ones."""
    headers = {"X-Api-Key": "PRK-mockserver"}
    client.post("/ortto/v1/audiences/get", json={"limit": 1}, headers=headers)
    client.post("/ortto/v1/audiences/get", json={"limit": "x"}, headers=headers)
    client.post("/ortto/v1/audience/get", json={}, headers=headers)
    client.get("/voyado/api/v3/nothing")


def numbers(client: Client, query: str) -> list[int]:
    return [one["number"] for one in json.loads(journal(client, query))["exchanges"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3, 4]),
        ("?vendor=ortto&operation=get_audiences", [1, 2]),
        ("?method=GET", [4]),
        ("?path=/v1/audience/get", [3]),
        ("?flawed=true", [3, 4]),
        ("?fault=drop_after", []),
        ("?since=2&until=3", [2, 3]),
        ("?since=2&after=3", [4]),
        ("?problem=path_unknown_here", []),
        ("?status=200&since=1", [1]),
    ],
)
def test_exchanges_can_be_filtered(client: Client, query: str, found: list[int]) -> None:
    called(client)
    assert numbers(client, query) == found


def test_exchanges_can_be_filtered_by_problem(client: Client) -> None:
    called(client)
    (refused,) = json.loads(journal(client, "?since=2&until=2"))["exchanges"]
    assert numbers(client, f"?problem={refused['problem']}&operation=get_audiences") == [2]


def test_a_har_archive_has_every_exchange(client: Client) -> None:
    called(client)
    log = json.loads(journal(client, "?format=har&limit=3"))["log"]
    assert (log["version"], log["creator"]["name"], log["_next"]) == ("1.2", "audience-mockserver", 3)
    first = log["entries"][0]
    assert first["request"]["method"] == "POST"
    assert first["request"]["url"] == "http://localhost/ortto/v1/audiences/get"
    assert first["request"]["postData"]["text"] == '{"limit": 1}'
    assert first["response"]["status"] == 200
    assert first["response"]["content"]["mimeType"].startswith("application/json")
    assert log["entries"][2]["comment"].startswith("#3 ortto ")
    assert "PRK-mockserver" not in json.dumps(log)
    rest = json.loads(journal(client, "?format=har&after=3"))["log"]
    assert (len(rest["entries"]), rest["_next"]) == (1, None)


def test_a_har_archive_has_the_query_without_secrets(client: Client) -> None:
    client.get("/spotler/integrationservice/contact/1?oauth_signature=c2VjcmV0&page=%C3%A5")
    (entry,) = json.loads(journal(client, "?format=har"))["log"]["entries"]
    assert {"name": "page", "value": "å"} in entry["request"]["queryString"]
    assert "c2VjcmV0" not in json.dumps(entry)


@pytest.mark.parametrize("path", ["/orto/v1/audiences/get", "/w/default/orto/v1/audiences/get"])
def test_a_call_to_an_unknown_vendor_is_journalled(client: Client, path: str) -> None:
    reply = client.post(f"{path}?key=c2VjcmV0", json={"a": "c2VjcmV0"}, headers={"X-Key": "c2VjcmV0"})
    assert (reply.status_code, reply.json and reply.json["error"]) == (404, "unknown_vendor")
    (exchange,) = json.loads(journal(client, "?flawed=true"))["exchanges"]
    assert (exchange["flaw"], exchange["vendor"], exchange["nearest"]) == ("unknown_vendor", None, "ortto")
    assert exchange["call"]["path"] == "/orto/v1/audiences/get"
    assert exchange["reply"]["status"] == 404
    assert "c2VjcmV0" not in json.dumps(exchange)
    line = exchange_format.format_line(exchange)
    assert line.endswith(" -> 404 unknown_vendor  [unknown vendor]  nearest: ortto")


def test_automatic_browser_requests_are_not_journalled(client: Client) -> None:
    assert client.get("/favicon.ico").status_code == 404
    assert client.get("/w/nosuch/orto/x").status_code == 404
    assert numbers(client, "") == []


def test_numbers_continue_after_a_call_to_an_unknown_vendor(client: Client) -> None:
    client.get("/orto/x")
    called(client)
    assert numbers(client, "") == [1, 2, 3, 4, 5]


def test_the_number_of_violations_is_bounded(client: Client) -> None:
    people = [{"fields": {"str::email": 1}} for _ in range(90)]
    headers = {"X-Api-Key": "PRK-mockserver"}
    client.post("/ortto/v1/person/merge", json={"people": people}, headers=headers)
    (exchange,) = json.loads(journal(client))["exchanges"]
    assert len(exchange["violations"]) == 50
    assert exchange["remarks"] == ["more than 50 violations; the others are not listed"]


def read(client: Client, query: str, part: str = "") -> Any:
    reply = client.get(f"/_mock/worlds/default/journal{part}", query_string=query)
    assert reply.status_code == 200, reply.text
    return reply.json


def test_exchanges_in_brief(client: Client) -> None:
    called(client)
    first, second, third, _ = read(client, "view=brief")["exchanges"]
    full = read(client, "")["exchanges"]
    assert first.pop("duration_us") == full[0]["duration_us"]
    assert first == {
        "number": 1,
        "at": full[0]["at"],
        "vendor": "ortto",
        "operation": "get_audiences",
        "method": "POST",
        "path": "/v1/audiences/get",
        "status": 200,
        "verdict": "fine",
        "problem": None,
        "flaw": None,
        "fault": None,
        "effect_counts": {},
        "test": None,
    }
    assert (second["verdict"], third["verdict"], third["flaw"]) == ("violation", "violation", "unknown_path")
    assert [one["verdict"] for one in full[:3]] == ["fine", "violation", "violation"]


def test_pages_newest_first_stay_right_while_calls_are_made(client: Client) -> None:
    called(client)
    query = "view=brief&order=newest&limit=3"
    page = read(client, query)
    assert ([one["number"] for one in page["exchanges"]], page["next"]) == ([4, 3, 2], 1)
    called(client)
    rest = read(client, f"{query}&until={page['next']}")
    assert ([one["number"] for one in rest["exchanges"]], rest["next"]) == ([1], None)
    assert read(client, f"{query}&after=4")["next"] == 5
    assert read(client, f"{query}&after=5")["next"] is None, "the page ends exactly at the first wanted"
    assert [one["number"] for one in read(client, "order=newest&after=6")["exchanges"]] == [8, 7]


def test_a_search_finds_exchanges_of_the_test(client: Client) -> None:
    reply = client.post("/_mock/worlds", json={"name": "mine", "label": "test_shop.py::test_vip"})
    assert reply.status_code == 201
    key = (reply.json or {})["vendors"]["ortto"]["credentials"]["api_key"]
    client.post("/ortto/v1/audiences/get", json={"limit": 1}, headers={"X-Api-Key": key})
    path = "/_mock/worlds/mine/journal"
    search = {"q": 'vendor:ortto status:2xx test:test_vip "LIMIT"', "view": "brief"}
    (found,) = (client.get(path, query_string=search).json or {})["exchanges"]
    assert (found["number"], found["test"]) == (1, "test_shop.py::test_vip")
    assert (client.get(path, query_string={"q": "-test:test_vip"}).json or {})["exchanges"] == []
    (deleted,) = (client.delete("/_mock/worlds/mine?after=0").json or {})["exchanges"]
    assert (deleted["verdict"], deleted["test"]) == ("fine", "test_shop.py::test_vip")


@pytest.mark.parametrize("part", ["", "/errors"])
def test_a_search_that_makes_no_sense(client: Client, part: str) -> None:
    reply = client.get(f"/_mock/worlds/default/journal{part}", query_string={"q": "vendor:orto"})
    assert (reply.status_code, (reply.json or {})["error"]) == (400, "unfit_search")
    assert "the nearest is ortto" in (reply.json or {})["message"]


def test_a_page_looks_at_a_bounded_number_of_exchanges(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockserver.state.journal._MOST_SCANNED", 3)
    called(client)
    called(client)
    page = read(client, "q=is:fault")
    assert (page["exchanges"], page["next"]) == ([], 3)
    page = read(client, "q=status:200&order=newest&limit=2")
    assert ([one["number"] for one in page["exchanges"]], page["next"]) == ([], 5)
    page = read(client, "q=status:200&order=newest&limit=2&until=5")
    assert ([one["number"] for one in page["exchanges"]], page["next"]) == ([5], 2)
    page = read(client, "q=status:200&order=newest&limit=2&until=2")
    assert ([one["number"] for one in page["exchanges"]], page["next"]) == ([1], None)


def test_errors_are_counted_by_kind(client: Client) -> None:
    called(client)
    called(client)
    fault = {"kind": "garbage", "vendor": "ortto"}
    assert client.post("/_mock/worlds/default/faults", json=fault).status_code == 201
    called(client)
    page = read(client, "", "/errors")
    kinds = [(one["vendor"], one["operation"], one["flaw"]) for one in page["errors"]]
    assert kinds[0] == ("voyado", None, "unknown_path")
    unknown = page["errors"][0]
    assert (unknown["count"], unknown["first"], unknown["last"]) == (3, 4, 12)
    assert unknown["newest"]["number"] == 12
    assert page["last"] == 12
    assert sum(one["count"] for one in page["errors"]) == len(read(client, "q=-is:fine")["exchanges"])
    assert {one["newest"]["verdict"] for one in read(client, "q=is:fault", "/errors")["errors"]} == {"fault"}
    assert read(client, "limit=1", "/errors")["errors"] == [unknown]
    assert read(client, "after=12", "/errors")["errors"] == []
